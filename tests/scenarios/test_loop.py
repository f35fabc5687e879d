"""The watch over the event loop sees what it is for, and blames nobody for anything else."""

import asyncio
import gc
import socket
import sys
import time

import pytest

from tests.fakes.loop_watch import TRACED, LoopWatch

BURNT = 0.08 * (TRACED if sys.gettrace() else 1)  # over the limit, also where lines are counted


def burn(seconds=BURNT):
    """Compute for so much of this thread's time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


@pytest.fixture
def watch():
    found = LoopWatch(own=("/_pytest/",), test="this test")
    end = found.begin()
    yield found
    end()


def run(coroutine):
    asyncio.run(coroutine)


async def in_a_task(call):
    await asyncio.create_task(calling(call))


async def calling(call):
    call()


def test_a_callback_that_computes_long_is_found_by_name(watch):
    async def soon():
        asyncio.get_running_loop().call_soon(burn)
        await asyncio.sleep(0)

    run(soon())
    (found,) = watch.found
    assert "ms of burn (" in found
    assert found.endswith("in this test")
    assert float(found.split(" ms")[0]) >= BURNT * 1000


def test_a_step_of_a_task_that_computes_long_is_found_by_its_coroutine(watch):
    run(in_a_task(burn))
    assert [one for one in watch.found if "of calling (" in one]


def test_many_short_steps_are_no_long_one(watch):
    async def steps():
        for _ in range(10):
            burn(BURNT / 8)
            await asyncio.sleep(0)

    run(in_a_task(lambda: None))
    run(steps())
    assert watch.found == []


def test_work_in_a_thread_is_nobodys_fault(watch):
    run(asyncio.to_thread(burn))
    assert watch.found == []


def test_the_machine_being_busy_is_nobodys_fault(watch):
    run(in_a_task(lambda: time.sleep(BURNT)))  # the thread does not run, as if another one did
    assert watch.found == []


def test_the_garbage_collector_is_nobodys_fault(watch):
    many = [[] for _ in range(2_000_000)]
    begun = time.thread_time()
    run(in_a_task(gc.collect))
    assert time.thread_time() - begun > watch.limit / 4  # it had something to do
    assert len(many) == 2_000_000
    assert watch.found == []


def test_what_is_left_out_does_not_count(watch):
    def checked():
        with watch.without():
            burn()

    run(in_a_task(checked))
    assert watch.found == []


def test_waiting_for_the_network_is_found_however_short(watch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = server.getsockname()

        def connect():
            socket.create_connection(place).close()

        run(in_a_task(connect))
        run(asyncio.to_thread(connect))

        async def as_it_should():
            _, writer = await asyncio.open_connection(*place)
            writer.close()

        run(as_it_should())
    assert [one.partition(" waited")[0] for one in watch.found] == [
        "looking up 127.0.0.1",
        f"a connection to {place}",
    ]


def test_the_tests_own_coroutines_do_not_count():
    usual = LoopWatch(test="this test")
    end = usual.begin()
    run(in_a_task(burn))
    end()
    assert usual.found == []


def test_nothing_is_watched_after_the_end(watch):
    LoopWatch(test="this test").begin()()
    run(in_a_task(lambda: None))
    assert asyncio.Handle._run.__name__ == "watched"
    assert watch.found == []
