"""What an action is given, made by hand: an owner, a run, and the services a test has."""

from datetime import UTC, datetime

from bot.clients.reply import OutboundReply
from bot.workflows.action import ActionContext, Shelf
from storage.models import User

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
OWNER = User(
    id="65f0c0ffee00000000000001",
    microsoft_id="oid-asha.tenant",
    email="asha.rao@contoso.example",
    name="Asha Rao",
    created_at=NOW,
    updated_at=NOW,
)


def context_for(step_id, **given):
    """Make the context of one step of one run of Asha's."""
    return ActionContext(
        **{
            "owner": OWNER,
            "run_id": "65f0c0ffee0000000000beef",
            "step_id": step_id,
            "workflow_name": "Weekly minutes",
            "now": NOW,
            "inputs": {},
            "outputs": {},
            **given,
        }
    )


class FolderDrive:
    """A drive in memory that keeps one file for each key, as the real one does."""

    def __init__(self):
        self.files = {}
        self.places = []

    async def put(self, *, owner, name, content, key, where, at):
        self.files[key] = (owner.id, name, content)
        self.places.append((where, at))
        return "" if where is Shelf.CHAT else f"https://files.example/{key}/{name}"


class KeyedService:
    """A service out there that does a call once for each Idempotency-Key it is given."""

    def __init__(self):
        self.done = set()
        self.seen = []

    async def send(self, *, method, url, headers, body):
        self.seen.append((method, url, dict(headers), body))
        self.done.add(headers["Idempotency-Key"])
        return OutboundReply(200, {"content-type": "application/json"}, b'{"ok": true}', False)


class BotPost:
    """The bot's voice in Teams, on paper: where it is, and what it said there under which key."""

    def __init__(self, *places):
        self.at = list(places)
        self.said = []

    async def places(self, *, owner):
        return self.at

    async def post(self, *, target, text, owner, key):
        self.said.append((target, text, key))
        return f"17000000000{len(self.said):02}"
