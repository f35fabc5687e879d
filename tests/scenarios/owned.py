"""What Asha has, for tests of who else may see or change it. Every text of hers says CANARY."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.local.activities import BOT_ID
from bot.local.people import TENANT_ID
from bot.workflows.graph import plan_of
from bot.workflows.new_run import run_of_workflow
from bot.workflows.trigger import Signal
from storage.models import Conversation, ConversationKind, TriggerName, User
from storage.run_codec import hold_text

NAME = "CANARY-name"
NOTES = "CANARY-title\nAsha: CANARY-notes\nAction Items:\nBen Ortiz: CANARY-task by 03/06"
FAR = datetime(2099, 1, 1, tzinfo=UTC)
MAIL = {"subject": "CANARY-subject", "body": "CANARY-body", "to": ["canary@contoso.example"]}
SINCE = "2026-03-04T09:00:00+00:00"
_FIRST = {"steps.0.error": None, "steps.0.hold": None, "error": None, "statusDetail": None}
# Where her run may stand. It is due long after the test, so that no worker takes it.
STATES = {
    "running": {"status": "running", "steps.0.status": "running"},
    "failed": {
        "status": "failed",
        "steps.0.status": "failed",
        "steps.0.error": "CANARY-why",
        "error": "CANARY-error",
    },
    "asking": {"status": "running", "statusDetail": "waiting_answer", "steps.0.status": "asking"},
    "review": {
        "status": "running",
        "statusDetail": "waiting_review",
        "steps.0.status": "review",
        "steps.0.hold": hold_text(
            {"by": "review", "settings": MAIL, "external": ["CANARY@x.example"], "since": SINCE}
        ),
    },
    "sign_in": {
        "status": "running",
        "statusDetail": "waiting_sign_in",
        "steps.0.status": "sign_in",
        "steps.0.hold": hold_text({"by": "sign_in", "scopes": ["Mail.Send"], "since": SINCE}),
    },
}


@dataclass(frozen=True)
class Owned:
    """The ids of Asha's things, by the name of the field that carries them on a button."""

    user: User
    ids: dict[str, str]
    short_id: str


async def everything_of_asha(stage, raw, now):
    """Make Asha a workflow, a run, notes, a saved value, an offered file and an open form."""
    await stage.say("asha", f"minutes {NOTES}")
    form = await stage.say("asha", "new", "group")
    (user,) = [one for one in raw["users"].find() if one["name"] == "Asha Rao"]
    asha = await stage.storage.users.seen(
        microsoft_id=user["microsoftId"], email=user["email"], name=user["name"], now=now
    )
    workflow = await stage.storage.workflows.add(
        user_id=asha.id,
        name=NAME,
        trigger=TriggerName.MANUAL,
        actions=("send_email", "save_data"),
        action_configs={
            "send_email": {"subject": "CANARY-setting"},
            "save_data": {"name": "title", "value": "CANARY-value"},
        },
        canvas=None,
        now=now,
    )
    run = seeded_run(asha, workflow, now, _group(stage))
    await stage.storage.runs.accept(run)
    await stage.storage.records.save(
        user_id=asha.id, name="Quarter", key=None, value="CANARY-kept",
        run_id=run.id, step_id="save_data", now=now,
    )  # fmt: skip
    offered = await stage.storage.handovers.keep(
        key=f"{run.id}:create_ppt", user_id=asha.id, name="CANARY-deck.pptx",
        content=b"CANARY-slides", now=now, expires_at=FAR,
    )  # fmt: skip
    ids = {
        "file": offered.id,
        "wf": workflow.id,
        "run": run.id,
        "minutes": str(raw["meetings"].find_one()["_id"]),
        "user": asha.id,
        "dialog": _dialog(form.card("asha")),
    }
    return Owned(asha, ids, run.short_id)


def file_answers(owned, url="http://127.0.0.1:1"):
    """Give both answers to the file she is offered, as somebody's Teams would send them."""
    info = {
        "uploadUrl": f"{url}/consents/made-up", "contentUrl": url, "name": "deck.pptx",
        "uniqueId": "1150d938-8870-4044-9f2c-5bbdebe70c9d", "fileType": "pptx",
    }  # fmt: skip
    for action in ("accept", "decline"):
        context = {"file": owned.ids["file"]}
        yield {"type": "fileUpload", "action": action, "context": context, "uploadInfo": info}


def put(raw, state):
    """Have her run stand somewhere."""
    raw["executionlogs"].update_many(
        {"startedBy": "Asha Rao"}, {"$set": {**_FIRST, **STATES[state], "dueAt": FAR}}
    )


def kept(raw, owned):
    """All that is stored of hers, as it stands."""
    hers = (owned.user.id, owned.user.microsoft_id, owned.user.email)
    names = sorted(set(raw.list_collection_names()) - {"conversations", "deliveries"})
    found = {name: list(raw[name].find().sort("_id")) for name in names}
    return {
        name: [one for one in documents if _is_hers(one, owned, hers)]
        for name, documents in found.items()
    }


def _is_hers(document, owned, marks):
    if "userId" in document:
        return str(document["userId"]) == owned.user.id
    return any(mark in str(document) for mark in marks)


def seeded_run(user, workflow, now, conversation=None):
    """A run that is due long after the test, so that the bot's own worker leaves it alone."""
    signal = Signal("seed", {"notes": NOTES}, user.name, conversation)
    run = run_of_workflow(user, workflow, plan_of(workflow), signal, now)
    return replace(run, due_at=FAR, runner_teams_id=None)


def _group(stage):
    room = stage.teams.client.room("group", "asha")
    return Conversation(
        id=room.id,
        kind=ConversationKind.GROUP,
        tenant_id=TENANT_ID,
        service_url=stage.teams.service_url,
        bot_id=BOT_ID,
    )


def _dialog(card):
    action = next(one for one in card["actions"] if one["data"]["verb"] == "dialog.answer")
    return action["data"]["dialog"]
