"""Everything can be reached by pressing alone, and everything shown can be pressed."""

from datetime import timedelta

import pytest

from cards.verbs import VERBS
from storage.models import RunStatus
from tests.scenarios.building import saved
from tests.scenarios.reading import walk
from tests.scenarios.test_story_logs import add_log

# Drawn by clients on their own, and for a question after a crash:
# each has a test of its own.
ELSEWHERE = {"run.refresh", "run.answer"}
# Of a message's menu and of a conversation with others: tests/scenarios/test_story_channel.py.
ELSEWHERE |= {"message.pick", "message.run", "message.minutes", "message.draft"}
ELSEWHERE |= {"workflow.unshare"}
# Of signing in, and of what waits for a look: test_sign_in.py, test_story_send.py.
ELSEWHERE |= {"account", "connect", "connection.check", "signout", "run.sign_in"}
ELSEWHERE |= {"data.delete", "data.delete.confirm", "review.send", "review.skip"}
LAST = ("workflow.delete.confirm",)  # what would take away what the others need
PATIENCE = 60


@pytest.fixture
async def busy(stage, storage, stage_clock, raw):
    """Asha has a workflow, and runs of it in every state."""
    await saved(stage)
    stored = raw["users"].find_one()
    asha = await storage.users.seen(
        microsoft_id=stored["microsoftId"],
        email=stored["email"],
        name=stored["name"],
        now=stage_clock.now(),
    )
    (workflow,) = await storage.workflows.of_user(asha.id)
    for number in range(12):
        status = (RunStatus.COMPLETED, RunStatus.FAILED)[number % 2]
        at = stage_clock.now() - timedelta(days=1, minutes=number)
        await add_log(storage, asha, workflow, number, status=status, at=at, error=ERRORS[status])
    await add_log(storage, asha, workflow, 99, status=RunStatus.RUNNING, at=stage_clock.now())
    return stage


ERRORS = {RunStatus.COMPLETED: None, RunStatus.FAILED: "The service is away."}


def buttons(card):
    """The buttons of a card, each with its verb."""
    for element in walk(card):
        data = element.get("data")
        if element.get("type") == "Action.Execute" and isinstance(data, dict):
            yield data["verb"], element


async def test_from_home_every_button_can_be_reached_and_none_leads_nowhere(busy):
    message = await busy.say("asha", "home")
    waiting = dict(buttons(message.card("asha")))
    waiting.update(buttons((await busy.say("asha", "help")).card("asha")))
    pressed = set()
    for _ in range(PATIENCE):
        left = [verb for verb in waiting if verb not in pressed]
        if not left:
            break
        verb = min(left, key=lambda one: one in LAST)
        pressed.add(verb)
        button = waiting[verb]
        data = {**button["data"], "in.notes": "Weekly\nAsha: We freeze the scope."}
        answer = await busy.teams.press("asha", message.id, {**button, "data": data})
        assert answer.status == 200, verb
        assert not answer.failure, (verb, answer.failure)
        assert "Something went wrong" not in str(answer.body), verb
        value = (answer.body or {}).get("value")
        if isinstance(value, dict):
            for found, element in buttons(value):
                waiting.setdefault(found, element)
    assert set(VERBS) - pressed == ELSEWHERE
