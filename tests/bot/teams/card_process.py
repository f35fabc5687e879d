"""What the tests of a run's card share: a run that moves, and processes that draw it."""

from datetime import timedelta

from bot.handlers.run_view import draw_run
from bot.teams.limiter import Limiter
from bot.teams.living_card import LivingCard
from bot.teams.notifier import Notifier
from storage.models import RunStatus
from tests.cards.card_reading import as_text

LEASE = timedelta(minutes=1)
SAVE = ("save_data", "save_data#2")


def drawn(run, *, retried_as):
    return draw_run(run, {}, zone="UTC", retried_as=retried_as)


class Process:
    """One of the processes that draw: what it remembers is its own."""

    def __init__(self, edge, runs):
        self.notifier = Notifier(
            edge.edge.connector, Limiter(edge.clock, edge.pause), edge.pause, lambda: 0.5
        )
        self.living = LivingCard(self.notifier, runs, edge.clock, drawn)

    async def settle(self):
        await self.notifier.settle()


async def readings(runs, clock, run):
    """Take the run to its end; give every reading of it on the way."""
    run = await runs.claim(now=clock.now(), lease=LEASE, run_id=run.id)
    seen = [run]
    for place in range(2):
        seen.append(await runs.begin_step(run.id, run.fence, place, now=clock.now()))
        seen.append(
            await runs.end_step(
                run.id, run.fence, place, action="save_data", output=None, now=clock.now()
            )
        )
    end = {"status": RunStatus.COMPLETED, "detail": None, "error": None, "now": clock.now()}
    return [*seen, await runs.finish(run.id, run.fence, **end)]


def shown(connector, activity="17"):
    """Read what each update of a message said."""
    return [as_text(call.card) for call in connector.said if call.target == activity]


def state(card_text):
    return next(line for line in card_text.splitlines() if "R-" in line)


async def behind(runs, clock):
    return await runs.behind(before=clock.now() + timedelta(days=1), limit=10)
