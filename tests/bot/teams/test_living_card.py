"""The one message of a run: whatever arrives in whatever order, it ends on the run's last state."""

import asyncio
import itertools
from dataclasses import dataclass, replace

from bot.teams.living_card import LivingCard
from cards.run import run_card
from storage.models import Conversation, ConversationKind, RunStatus, Step, StepStatus
from tests.cards import record_samples

PLACE = Conversation("19:x@thread.v2", ConversationKind.GROUP, "t", "https://s.example/", "28:b")


class Board:
    """Stands where the notifier does: the last card handed over for each message."""

    def __init__(self):
        self.cards = {}

    async def update(self, conversation, activity_id, card):
        self.cards[conversation.id, activity_id] = card


@dataclass
class SlowReading:
    """A database whose answer is read now and arrives when the test lets it."""

    run: object
    arrives: asyncio.Event

    async def show_at(self, run_id, conversation, activity_id, *, now):
        read = replace(self.run, conversation=conversation, card_activity_id=activity_id)
        await self.arrives.wait()
        return read


def run_with(*statuses):
    steps = tuple(Step(f"s{place}", "save_data", one) for place, one in enumerate(statuses))
    return replace(record_samples.running(), steps=steps, fence=1)


def states():
    """The states of a run of two steps in the order it goes through them."""
    yield run_with(StepStatus.WAITING, StepStatus.WAITING)
    yield run_with(StepStatus.RUNNING, StepStatus.WAITING)
    yield run_with(StepStatus.DONE, StepStatus.WAITING)
    yield run_with(StepStatus.DONE, StepStatus.RUNNING)
    yield run_with(StepStatus.DONE, StepStatus.DONE)
    yield replace(run_with(StepStatus.DONE, StepStatus.DONE), status=RunStatus.COMPLETED)


def placed(run):
    return replace(run, conversation=PLACE, card_activity_id="1")


def drawn(run):
    return run_card(run, zone="UTC")


async def test_a_reading_that_arrives_after_the_end_does_not_bring_the_card_back(clock):
    first, *_between, last = states()
    board, arrives = Board(), asyncio.Event()
    living = LivingCard(board, SlowReading(first, arrives), clock, drawn)
    showing = asyncio.create_task(living.shown(first.id, PLACE, "1"))
    await asyncio.sleep(0)
    await living.moved(placed(last))
    arrives.set()
    await showing
    assert board.cards == {(PLACE.id, "1"): run_card(last, zone="UTC")}


async def test_in_any_order_the_last_state_is_what_stays(clock):
    *_, last = states()
    for order in itertools.permutations(states()):
        board = Board()
        living = LivingCard(board, None, clock, drawn)
        for run in order:
            await living.moved(placed(run))
        assert board.cards == {(PLACE.id, "1"): run_card(last, zone="UTC")}


async def test_a_later_fence_and_another_message_are_drawn_whatever_was_drawn_before(clock):
    _first, _begun, done, *_ = states()
    board = Board()
    living = LivingCard(board, None, clock, drawn)
    await living.moved(placed(done))
    again = replace(run_with(StepStatus.RUNNING, StepStatus.WAITING), fence=2)
    await living.moved(placed(again))
    await living.moved(replace(placed(again), card_activity_id="2"))
    assert board.cards == {
        (PLACE.id, "1"): run_card(again, zone="UTC"),
        (PLACE.id, "2"): run_card(again, zone="UTC"),
    }


async def test_a_run_nobody_is_shown_is_drawn_nowhere(clock):
    board = Board()
    living = LivingCard(board, None, clock, drawn)
    for run in states():
        await living.moved(run)
    assert board.cards == {}


async def test_the_cards_of_a_busy_day_do_not_fill_the_memory(clock):
    living = LivingCard(Board(), None, clock, drawn)
    run, *_ = states()
    for number in range(3000):
        await living.moved(replace(placed(run), id=f"{number:024x}"))
    assert len(living._drawn) < 2000
