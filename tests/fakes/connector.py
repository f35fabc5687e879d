"""The Bot Connector as Teams offers it: records what it is told, and can refuse in every way."""

import asyncio
import itertools
import json
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.server import Server

CARD = "application/vnd.microsoft.card.adaptive"
CODES = {403: "BotNotInConversationRoster", 404: "ConversationNotFound", 412: "PreconditionFailed"}


@dataclass
class Call:
    """One thing the bot asked for."""

    method: str
    kind: str  # send, reply, update, delete, member, create
    conversation: str
    target: str  # the activity or member named in the address, or ""
    body: dict
    token: str
    id: str = ""

    @property
    def text(self):
        return (self.body or {}).get("text")

    @property
    def card(self):
        return next(
            (
                a["content"]
                for a in (self.body or {}).get("attachments", ())
                if a["contentType"] == CARD
            ),
            None,
        )


@dataclass
class Fault:
    """What to answer once instead: a status, or "hang", "hold" and "drop"; `kinds` to which calls.

    Both wait for `never`: "hang" is then refused, "hold" lands late.
    """

    what: int | str
    headers: dict = field(default_factory=dict)
    kinds: tuple = ("send", "reply", "update", "delete", "create")


class FakeConnector(Server):
    """Keeps every call in `calls`; with a checker, each exchange must keep to the contract."""

    def __init__(self, check=None, token="bot-token"):
        super().__init__()
        self.calls = []
        self.members = {}
        self.faults = deque()
        self.problems = []
        self.never = asyncio.Event()
        self.heard = asyncio.Condition()
        self._check = check
        self._token = token
        self._ids = itertools.count(1700000000001)

    @property
    def service_url(self):
        return f"{self.url}/emea/"

    @property
    def said(self):
        """The messages sent, replied or updated; no typing signs."""
        kinds = ("send", "reply", "update")
        return [c for c in self.calls if c.kind in kinds and c.body.get("type") == "message"]

    async def until(self, condition):
        """Wait until the calls fulfil a condition."""
        async with self.heard:
            await asyncio.wait_for(self.heard.wait_for(lambda: condition(self)), 10)

    def fail(self, *faults):
        """Answer the next calls with these."""
        self.faults.extend(f if isinstance(f, Fault) else Fault(f) for f in faults)

    async def __aexit__(self, *exception):
        self.never.set()
        await super().__aexit__(*exception)
        assert not self.problems, self.problems

    def routes(self):
        base = "/emea/v3/conversations"
        activities = base + "/{conversation}/activities"
        return [
            web.post(base, self._take("create")),
            web.post(activities, self._take("send")),
            web.post(activities + "/{target}", self._take("reply")),
            web.put(activities + "/{target}", self._take("update")),
            web.delete(activities + "/{target}", self._take("delete")),
            web.get(base + "/{conversation}/members/{target}", self._take("member")),
        ]

    def _take(self, kind):
        async def handler(request):
            raw = await request.read()
            call = Call(
                request.method,
                kind,
                request.match_info.get("conversation", ""),
                request.match_info.get("target", ""),
                json.loads(raw) if raw else None,
                request.headers.get("Authorization", "").removeprefix("Bearer "),
            )
            self.calls.append(call)
            async with self.heard:
                self.heard.notify_all()
            status, headers, body = await self._answer(call, request)
            self._note(request, call, status, headers, body)
            return web.Response(
                status=status,
                headers=headers,
                body=b"" if body is None else json.dumps(body).encode(),
                content_type=None if body is None else "application/json",
            )

        return handler

    async def _answer(self, call, request):
        if call.token != self._token:
            return 401, {}, _error("BotNotRegistered")
        if self.faults and call.kind in self.faults[0].kinds:
            fault = self.faults.popleft()
            if fault.what == "hang":
                await self.never.wait()
                return 504, {}, _error("ServiceError")
            if fault.what == "hold":
                await self.never.wait()
                self.calls.append(call)  # it takes effect only now
                return self._done(call)
            if fault.what == "drop":
                request.transport.abort()
                return 500, {}, _error("ServiceError")
            headers = fault.headers or ({"Retry-After": "1"} if fault.what == 429 else {})
            return fault.what, headers, _error(CODES.get(fault.what, "ServiceError"))
        return self._done(call)

    def _done(self, call):
        if call.kind == "member":
            found = self.members.get(call.target)
            return (200, {}, found) if found else (404, {}, _error("MemberNotFoundInConversation"))
        if call.kind == "delete":
            return 200, {}, None
        call.id = call.target if call.kind == "update" else str(next(self._ids))
        if call.kind == "create":
            return 201, {}, {"id": f"a:{call.id}", "serviceUrl": self.service_url}
        return (200 if call.kind == "update" else 201), {}, {"id": call.id}

    def _note(self, request, call, status, headers, body):
        if self._check is None or status not in (200, 201):
            return
        exchange = {
            "method": call.method,
            "url": str(request.url),
            "headers": {"Content-Type": request.headers.get("Content-Type", "")},
            "body": call.body,
            "status": status,
            "response_headers": headers,
        }
        if body is not None:
            exchange["response_body"] = body
        self.problems += map(str, self._check.check_connector(exchange))
        if call.card is not None:
            self.problems += map(str, self._check.check_card(call.card))


def _error(code):
    return {"error": {"code": code, "message": code}}
