"""The actions there are, each with settings that reach its service; what they do carries a mark."""

from dataclasses import dataclass, field

from storage.models import PlanStep

NOTES = "Acme weekly\nAsha: We freeze the scope.\nBen: I will send the report by Friday."
_BEN = "ben.ortiz@contoso.example"
_PLACE = "Client delivery > General"


@dataclass(frozen=True)
class Attempt:
    """An action as it is tried. `call` is the request that has its effect, None for none."""

    name: str
    action: str
    call: str | None = None
    settings: dict = field(default_factory=dict)
    asks: bool = False  # nobody can tell whether it was done: its owner is asked
    without: str = ""  # a permission that was not given

    @property
    def effects(self):
        """Whether something is done outside, which can be counted."""
        return self.action != "generate_mom"

    def step(self, place, mark, after=()):
        """Give the step of a plan; `mark` finds what it did."""
        told = {
            key: value.replace("@mark", mark) if isinstance(value, str) else value
            for key, value in self.settings.items()
        }
        return PlanStep(id=f"step{place}", action=self.action, config=told, after=tuple(after))


def _api_call(method, url, **more):
    return {"method": method, "url": url, "body": '{"n": 1}', **more}


def attempts(service):
    """Give every action, by name. `service` is the address of the service."""
    things = f"{service}/things/@mark"
    day = "2026-03-11"
    mail = {"to": [_BEN], "subject": "Minutes @mark", "body": "Hello"}
    deck = {"title": "Deck @mark", "maxSlides": 2}
    post = {"target": _PLACE, "message": "Hello @mark"}
    told = [
        Attempt("generate_mom", "generate_mom"),
        Attempt("send_email", "send_email", "POST */me/sendMail", mail),
        Attempt("send_email without Mail.Read", "send_email", "POST */me/sendMail", mail,
                asks=True, without="Mail.Read"),
        Attempt("create_calendar", "create_calendar", "POST */me/events",
                {"title": "Next @mark", "start": f"{day} 14:00", "end": f"{day} 14:30",
                 "zone": "UTC", "attendees": [_BEN]}),
        Attempt("teams_post as bot", "teams_post", "POST */activities",
                {**post, "post_as": "bot"}, asks=True),
        Attempt("teams_post as me", "teams_post", "POST */channels/*/messages",
                {**post, "post_as": "me"}, asks=True),
        Attempt("create_ppt in OneDrive", "create_ppt", "PUT */me/drive/root:/*",
                {**deck, "place": "onedrive"}),
        Attempt("create_ppt in the channel", "create_ppt", "PUT */drives/*/items/*",
                {**deck, "place": "channel"}),
        Attempt("create_ppt in the chat", "create_ppt", "POST */activities",
                {**deck, "place": "chat"}),
        Attempt("save_data", "save_data", None, {"name": "kept", "value": "@mark"}),
        Attempt("api_call PUT", "api_call", "PUT /things/*", _api_call("PUT", things)),
        Attempt("api_call POST", "api_call", "POST /things/*",
                _api_call("POST", things), asks=True),
        Attempt("api_call POST by key", "api_call", "POST /things/*",
                _api_call("POST", f"{things}?keyed=1", idempotent=True)),
    ]  # fmt: skip
    return {one.name: one for one in told}


NAMES = tuple(attempts(""))
