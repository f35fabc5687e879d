"""Stories S3 and S4: run, look, edit, send; and a partial failure mended with one press."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from storage.models import TriggerName
from tests.fakes.canvases import lay_out
from tests.scenarios.test_story_minutes import FX1

NAME = "Meeting Follow-up Automation"
ACTIONS = ("generate_mom", "send_email", "create_calendar")
TITLES = {
    "manual": "Manual",
    "generate_mom": "Generate MOM",
    "send_email": "Send Email",
    "create_calendar": "Calendar Event",
}


@pytest.fixture
async def connected(signing, storage, raw, stage_clock):
    """Asha, signed in, with the workflow of story S2."""
    stage = signing.stage
    signing.microsoft.consent("asha", "User.Read", "Mail.Send", "Calendars.ReadWrite")
    asked = await stage.say("asha", "connect")
    await signing.silently("asha", asked)
    await stage.until("You are signed in, Asha Rao.")
    user = raw["users"].find_one({"email": "asha.rao@contoso.example"})
    await storage.workflows.add(
        user_id=str(user["_id"]),
        name=NAME,
        trigger=TriggerName.MANUAL,
        actions=ACTIONS,
        action_configs={},
        canvas=lay_out(
            TriggerName.MANUAL, [["generate_mom"], ["send_email", "create_calendar"]], {}, TITLES
        ),
        now=stage_clock.now(),
    )
    return signing


def asked_of(microsoft, method):
    return [one for one in microsoft.requests if one.method == method]


async def reviewing(connected):
    """Start the run and give its card once it shows what would leave."""
    stage = connected.stage
    await stage.say("asha", f"run meeting follow with {FX1}")
    return await stage.until("Nothing leaves before you press Send.")


async def test_what_would_leave_is_shown_edited_and_sent_once(connected, raw):
    stage, m365 = connected.stage, connected.microsoft
    card = await reviewing(connected)
    shown = stage.text(card)
    assert "asha.rao@contoso.example" in shown
    assert "Meeting Minutes - Acme Rollout Weekly" in shown
    assert "External chen.li@acme.example" in shown
    assert "Follow-up Meeting" in shown
    assert "2026-03-11 14:00" in shown
    assert "2026-03-11 14:45" in shown
    assert "Asia/Kolkata" in shown
    log = raw["executionlogs"].find_one()
    assert (log["status"], log["statusDetail"]) == ("running", "waiting_review")
    assert asked_of(m365, "POST") == []
    await stage.press("asha", card, "Send all", Subject="Acme minutes 4 Mar")
    done = await stage.until("Completed")
    assert done.id == card.id
    (mail,) = m365.outbox("asha")
    assert [one["emailAddress"]["address"] for one in mail["toRecipients"]] == [
        "asha.rao@contoso.example",
        "ben.ortiz@contoso.example",
        "chen.li@acme.example",
    ]
    assert mail["subject"] == "Acme minutes 4 Mar"
    assert mail["body"]["contentType"].lower() == "html"
    assert "<table" in mail["body"]["content"]
    assert "|---" not in mail["body"]["content"]
    (event,) = m365.events("asha")
    assert event["subject"] == "Follow-up Meeting"
    assert event["start"] == datetime(2026, 3, 11, 14, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert event["end"] == datetime(2026, 3, 11, 14, 45, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert event["originalStartTimeZone"] == "Asia/Kolkata"
    assert len(event["attendees"]) == 3
    posts = [one.path for one in asked_of(m365, "POST")]
    assert sorted(posts) == ["/me/events", "/me/sendMail"]
    log = raw["executionlogs"].find_one()
    assert log["status"] == "completed"
    assert log["error"] is None
    assert log["actionsExecuted"][0] == "generate_mom"
    assert set(log["actionsExecuted"]) == set(ACTIONS)
    assert log["executedAt"] >= log["createdAt"]


async def test_a_refused_event_is_mended_with_one_press_and_the_mail_is_not_sent_again(
    connected, raw
):
    stage, m365 = connected.stage, connected.microsoft
    m365.fail("POST /me/events", status=403)
    card = await reviewing(connected)
    await stage.press("asha", card, "Send all")
    card = await stage.until("Permission denied (403):")
    shown = stage.text(card)
    assert "Calendars.ReadWrite" in shown
    assert "Grant Calendars permission" in shown
    assert "Retry failed" in shown
    first = raw["executionlogs"].find_one()
    assert (first["status"], first["statusDetail"]) == ("failed", "partial")
    assert first["actionsExecuted"] == ["generate_mom", "send_email"]
    assert first["error"].startswith("Permission denied (403):")
    await stage.press("asha", card, "Retry failed")
    again = await stage.until("Nothing leaves before you press Send.")
    await stage.press("asha", again, "Send")
    await stage.until("Completed")
    assert len(m365.outbox("asha")) == 1
    assert len(m365.events("asha")) == 1
    second = raw["executionlogs"].find_one({"retryOf": first["shortId"]})
    assert second["status"] == "completed"
    assert second["actionsExecuted"] == ["create_calendar"]
    assert raw["executionlogs"].find_one({"_id": first["_id"]})["status"] == "failed"


async def test_check_connection_asks_microsoft_365_as_oneself(connected):
    shown = connected.stage.text(await connected.stage.say("asha", "check connection"))
    assert "you are Asha Rao" in shown
