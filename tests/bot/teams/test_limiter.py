"""Teams' limits are kept to in every window, and those who wait are served in turn."""

import asyncio
from dataclasses import replace

import pytest

from bot.teams.limiter import PER_CONVERSATION, Limiter
from storage.models import Conversation, ConversationKind

PLACE = Conversation("19:a@thread.v2", ConversationKind.GROUP, "t", "https://s.example/", "28:b")
TEAMS_OWN = ((7, 1), (8, 2), (60, 30), (1800, 3600))


@pytest.fixture
def limiter(clock):
    async def pause(seconds):
        clock.pass_(seconds)
        await asyncio.sleep(0)

    return Limiter(clock, pause)


@pytest.fixture
def through(limiter, clock):
    """Give at which second each of so many calls went through."""
    begun = clock.now()

    async def go(count, place=PLACE, **how):
        times = []
        for _ in range(count):
            await limiter.wait_for(place, **how)
            times.append((clock.now() - begun).total_seconds())
        return times

    return go


def windows(times, most):
    """Give how long each stretch of one call more than `most` took."""
    return [last - first for first, last in zip(times, times[most:], strict=False)]


def test_the_limits_are_those_teams_documents():
    assert PER_CONVERSATION == TEAMS_OWN


@pytest.mark.parametrize("spare", [False, True])
async def test_teams_limits_are_kept_to_in_every_window(through, spare):
    times = await through(2000, spare=spare)
    for most, seconds in TEAMS_OWN:
        assert min(windows(times, most)) > seconds, (most, seconds)


async def test_seven_go_at_once(through):
    times = await through(7)
    assert times[-1] == 0


async def test_many_at_once_keep_to_the_limits_too(limiter, clock):
    times = []

    async def one():
        await limiter.wait_for(PLACE)
        times.append(clock.now().timestamp())

    await asyncio.gather(*(one() for _ in range(200)))
    for most, seconds in TEAMS_OWN[:3]:
        assert min(windows(times, most)) > seconds, (most, seconds)


async def test_one_conversation_does_not_wait_for_another(through):
    await through(7)
    assert await through(1, replace(PLACE, id="19:other@thread.v2")) == [0]
    assert (await through(1))[0] > 0


async def test_an_app_stays_below_thirty_calls_a_second_in_a_tenant(limiter, clock):
    times = []

    async def one(number):
        place = replace(PLACE, id=f"19:{number}@thread.v2")
        await limiter.wait_for(place, spare=bool(number % 2))
        times.append(clock.now().timestamp())

    await asyncio.gather(*(one(number) for number in range(200)))
    assert min(windows(times, 30)) > 1
    await limiter.wait_for(replace(PLACE, tenant_id="another"))


async def test_those_who_wait_are_served_in_turn(limiter):
    served = []

    async def run(name):
        for _ in range(20):
            await asyncio.sleep(0)  # a call takes its time
            await limiter.wait_for(PLACE, spare=True)
            served.append(name)

    await asyncio.gather(*(run(name) for name in "abcd"))
    for place in range(0, 80, 4):
        assert sorted(served[place : place + 4]) == list("abcd")


async def test_what_matters_does_not_stand_in_line_behind_what_does_not(limiter):
    served = []

    async def one(name, **how):
        await limiter.wait_for(PLACE, **how)
        served.append(name)

    waiting = [asyncio.create_task(one("passing", spare=True)) for _ in range(40)]
    await asyncio.sleep(0)
    await one("last")
    await asyncio.gather(*waiting)
    assert served.index("last") < 8


async def test_an_hour_of_passing_states_leaves_room_for_the_last_ones(through, limiter, clock):
    begun = clock.now().timestamp()
    times = await through(900, spare=True)
    assert max(windows(times, 1)) < 600
    passed = clock.now().timestamp() - begun
    await limiter.wait_for(PLACE)
    assert clock.now().timestamp() - begun - passed < 2


async def test_a_call_that_could_not_wait_counts(through, limiter):
    for _ in range(7):
        limiter.note(PLACE)
    assert (await through(1))[0] > 1


async def test_a_conversation_teams_calls_too_busy_is_left_alone(through, limiter):
    limiter.hold(PLACE, 4)
    assert await through(1) == [4]
    limiter.hold(PLACE, 3600)  # others find out for themselves whether that is meant for them
    assert (await through(1))[0] <= 34


async def test_a_clock_that_is_put_back_does_not_silence_the_bot(limiter, clock):
    for _ in range(7):
        await limiter.wait_for(PLACE)
    clock.pass_(-86_400)
    before = clock.now().timestamp()
    await limiter.wait_for(PLACE)
    assert clock.now().timestamp() - before < 3


async def test_conversations_nobody_speaks_in_are_forgotten(limiter):
    for number in range(5000):
        limiter.note(replace(PLACE, id=f"19:{number}@thread.v2"))
    assert len(limiter._lanes) <= 4097
