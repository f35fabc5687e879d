"""Many who ask at the same time are answered by few round trips, each correctly."""

import asyncio

import pytest

from storage.errors import UnavailableError
from storage.together import Together


class Asked:
    """Doubles numbers, one batch at a time, when the test lets it."""

    def __init__(self):
        self.batches = []
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False

    async def __call__(self, numbers):
        self.batches.append(numbers)
        await self.open.wait()
        if self.broken:
            raise UnavailableError
        return [2 * number for number in numbers]


@pytest.fixture
async def asked():
    return Asked()


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_asked_meanwhile_goes_together_and_never_with_a_trip_already_under_way(asked):
    together = Together(asked)
    asked.open.clear()
    first = asyncio.create_task(together.ask(1))
    await settle()
    others = [asyncio.create_task(together.ask(n)) for n in (2, 3, 4)]
    await settle()
    assert asked.batches == [[1]]
    asked.open.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert asked.batches == [[1], [2, 3, 4]]


async def test_a_failure_is_everybodys_at_once_and_the_next_question_is_tried_afresh(asked):
    together = Together(asked)
    asked.open.clear()
    asked.broken = True
    asking = [asyncio.create_task(together.ask(1))]
    await settle()
    asking += [asyncio.create_task(together.ask(n)) for n in (2, 3)]
    await settle()
    asked.open.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(answer) for answer in answers] == [UnavailableError] * 3
    assert asked.batches == [[1]]
    asked.broken = False
    assert await together.ask(4) == 8


async def test_a_caller_that_goes_away_takes_nobody_along(asked):
    together = Together(asked)
    asked.open.clear()
    gone, stays = (asyncio.create_task(together.ask(n)) for n in (1, 2))
    await settle()
    gone.cancel()
    asked.open.set()
    assert await stays == 4
    with pytest.raises(asyncio.CancelledError):
        await gone
