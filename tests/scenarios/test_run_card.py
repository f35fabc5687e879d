"""One living card for a run: the same message from its start to its end, whatever comes between."""

from datetime import timedelta
from urllib.parse import unquote

import pytest

from tests.scenarios.building import saved
from tests.scenarios.reading import walk

NOTES = "Weekly\nAsha: We froze the scope.\nBen: SECRET-DETAIL goes into the report."
BOTH = pytest.mark.parametrize("where", ["group", "channel"])


def cards_of(stage, message):
    """Give what was sent for a message, in order: how, and the card."""
    return [
        (one["method"], one["body"]["attachments"][0]["content"])
        for one in stage.wire.exchanges
        if (one.get("body") or {}).get("attachments")
        and (unquote(one["url"]).endswith(message.id) or _made(one) == message.id)
    ]


def _made(exchange):
    return (exchange.get("response_body") or {}).get("id") if exchange["method"] == "POST" else None


def of_bot(stage, where):
    return [message for message in stage.teams.messages(where) if message.sender == "bot"]


async def run_weekly(stage, where="personal"):
    """Have Asha run her workflow; give its message once it is done."""
    await saved(stage)
    before = {message.id for message in of_bot(stage, where)}
    await stage.say("asha", f"run weekly with {NOTES}", where)
    done = await stage.until("Completed", where)
    await stage.bot.edge.settle()
    (only,) = [message for message in of_bot(stage, where) if message.id not in before]
    assert only.id == done.id
    return done


@pytest.mark.parametrize("where", ["personal", "group", "channel"])
async def test_a_run_is_one_message_updated_in_place(stage, raw, where):
    done = await run_weekly(stage, where)
    sent = cards_of(stage, done)
    assert [method for method, _card in sent] == ["POST"] + ["PUT"] * (len(sent) - 1)
    assert len(sent) <= 4
    log = raw["executionlogs"].find_one()
    assert log["cardActivityId"] == done.id
    assert "cardBehind" not in log
    lines = stage.text(done).splitlines()
    assert len([line for line in lines if line.startswith("✓ ")]) == 4
    for title in ("✓ Completed", "✓ Generate MOM", "✓ Save Data", "✓ Save Data 2"):
        assert any(line.startswith(title) for line in lines)


@BOTH
async def test_others_see_how_it_goes_and_the_runner_has_buttons(stage, where):
    done = await run_weekly(stage, where)
    await stage.teams.see("asha", where)
    await stage.teams.see("ben", where)
    assert "[Run again]" in stage.text(done, "asha")
    theirs = done.card("ben")
    assert "✓ Generate MOM" in stage.text(done, "ben")
    assert "actions" not in theirs
    assert not [one for one in walk(theirs["body"]) if "Action." in str(one.get("type"))]
    for _method, card in cards_of(stage, done):
        assert 1 <= len(card["refresh"]["userIds"]) <= 60
        assert "SECRET-DETAIL" not in str(card)


async def test_a_run_that_ended_while_the_bot_was_gone_is_shown_when_it_is_back(
    start_bot, stage, raw
):
    done = await run_weekly(stage)
    (_post, first), *_ = cards_of(stage, done)
    attachment = done.attachments[0] | {"content": first}
    stage.teams.world.update(done, {"attachments": [attachment]})
    log = raw["executionlogs"].find_one()
    unseen = {"cardBehind": True, "updatedAt": log["updatedAt"] - timedelta(minutes=1)}
    raw["executionlogs"].update_one({"_id": log["_id"]}, {"$set": unseen})
    assert "Completed" not in stage.text(done)
    again = await start_bot()
    assert (await again.until("Completed")).id == done.id
    await again.bot.edge.settle()
    assert "cardBehind" not in raw["executionlogs"].find_one()
    assert len(of_bot(again, "personal")) == len(of_bot(stage, "personal"))
