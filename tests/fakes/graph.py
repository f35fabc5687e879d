"""A small Microsoft Graph on loopback: does what it is asked, goes wrong as told, and recalls."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import unquote

from aiohttp import web
from yarl import URL

from bot.clients.graph import GraphClient, open_session
from storage.errors import SignInNeededError
from tests.fakes.server import Server

_CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#"
ERROR = {"error": {"code": "SomethingWrong", "message": "It went wrong.", "innerError": {}}}


class FakeTokens:
    """Gives a new token each time; the scopes in `missing` need consent first."""

    def __init__(self, *missing):
        self.missing = set(missing)
        self.asked = []

    async def token(self, scopes, *, claims=None):
        if self.missing & set(scopes):
            raise SignInNeededError("Sign in first.", scopes=tuple(scopes), claims=claims)
        self.asked.append((scopes, claims))
        return f"token-{len(self.asked)}"


@dataclass
class Fault:
    """What the next call comes back with; `after` lets it do its work first."""

    status: int = 500
    headers: dict = field(default_factory=dict)
    body: object = None  # None: an error as Graph writes it; a text is sent as HTML
    after: bool = False
    reply: str = "whole"  # whole | half | none


class FakeGraph(Server):
    """Keeps mail by marker, events by transaction id, posts and files; faults come in order."""

    def __init__(self):
        super().__init__()
        self.exchanges = []
        self.faults = []
        self.mails, self.events, self.posts, self.files = [], {}, [], {}
        self.users, self.teams = [], {}
        self.chunks, self.upload_faults = [], []
        self.now, self.most = 0, 0
        self.inner = []  # what requests inside a batch come back with, in their order
        self.gate = None  # an Event every call waits for

    def routes(self):
        return [
            web.put("/upload", self._upload),
            web.route("*", "/v1.0/{rest:.*}", self._serve),
        ]

    def fault(self, status=500, **given):
        self.faults.append(Fault(status, **given))

    def calls(self, method, end):
        return [
            one
            for one in self.exchanges
            if one["method"] == method and one["url"].partition("?")[0].endswith(end)
        ]

    async def _serve(self, request):
        raw = await request.read()
        self.now += 1
        self.most = max(self.most, self.now)
        if self.gate is not None:
            await self.gate.wait()
        self.now -= 1
        fault = self.faults.pop(0) if self.faults else None
        if fault is None:
            status, headers, body = self.do(request, raw)
        else:
            if fault.after:
                self.do(request, raw)
            status, headers = fault.status, fault.headers
            body = ERROR if fault.body is None else fault.body
        self._record(request, raw)
        if fault is None or (fault.reply == "whole" and not 300 <= status < 400):
            answered = {"status": status, "response_headers": headers, "response_body": body}
            self.exchanges[-1] |= answered
        return await _sent(request, status, headers, body, fault.reply if fault else "whole")

    def _record(self, request, raw):
        is_json = request.headers.get("Content-Type", "").startswith("application/json")
        self.exchanges.append(
            {
                "method": request.method,
                "url": request.raw_path,
                "headers": dict(request.headers),
                "body": json.loads(raw) if is_json else (raw.decode("latin-1") or None),
            }
        )

    def do(self, request, raw):
        path = unquote(request.raw_path.partition("?")[0]).removeprefix("/v1.0")
        for pattern, handler in _ROUTES:
            method, _, place = pattern.partition(" ")
            found = re.fullmatch(place, path)
            if found and method == request.method:
                return handler(self, request, raw, *found.groups())
        return 404, {}, ERROR

    async def _upload(self, request):
        assert "Authorization" not in request.headers
        self.chunks.append((request.headers["Content-Range"], len(await request.read())))
        if self.upload_faults:
            return web.json_response(ERROR, status=self.upload_faults.pop(0))
        _first, last, size = map(int, re.findall(r"\d+", self.chunks[-1][0]))
        if last + 1 < size:
            return web.json_response({"nextExpectedRanges": [f"{last + 1}-"]}, status=202)
        return web.json_response(_item("big.pptx"), status=201)


async def _sent(request, status, headers, body, reply):
    if reply == "none":
        request.transport.abort()
        return web.Response()
    text = body if isinstance(body, str) else ("" if body is None else json.dumps(body))
    kind = {"Content-Type": "text/html" if isinstance(body, str) else "application/json"}
    if not text:
        return web.Response(status=status, headers=headers)
    if reply == "half":
        response = web.StreamResponse(status=status, headers={**kind, **headers})
        response.content_length = len(text) + 10
        await response.prepare(request)
        await response.write(text.encode())
        request.transport.abort()
        return response
    return web.Response(status=status, text=text, headers={**kind, **headers})


def _me(graph, request, raw):
    if "mailboxSettings" in request.query.get("$select", ""):
        return 200, {}, {"@odata.context": _CONTEXT, "mailboxSettings": {"timeZone": graph.zone}}
    return 200, {}, _user("asha", "Asha Rao", "asha.rao@contoso.example")


def _user(key, name, mail):
    return {"id": key, "displayName": name, "mail": mail, "userPrincipalName": mail}


def _users(graph, request, raw):
    asked = re.findall(r"'((?:[^']|'')*)'", request.query["$filter"])[0].replace("''", "'")
    found = [
        _user(str(place), name, mail)
        for place, (name, mail) in enumerate(graph.users)
        if name.lower().startswith(asked.lower()) or (mail or "").lower() == asked.lower()
    ]
    return 200, {}, {"@odata.context": _CONTEXT, "value": found}


def _send_mail(graph, request, raw):
    graph.mails.append(json.loads(raw)["message"])
    return 202, {}, None


def _messages(graph, request, raw):
    marker = re.findall(r"ep/value eq '([^']+)'", request.query["$filter"])[0]
    there = any(one["singleValueExtendedProperties"][0]["value"] == marker for one in graph.mails)
    return 200, {}, {"@odata.context": _CONTEXT, "value": [{"id": "AAMk="}] if there else []}


def _event(graph, request, raw):
    told = json.loads(raw)
    event = {"id": "AAMkEvent=", "subject": told["subject"], "webLink": "https://outlook.example/e"}
    if told.get("isOnlineMeeting"):
        event["onlineMeeting"] = {"joinUrl": "https://teams.example/j"}
    graph.events.setdefault(told["transactionId"], told)
    return 201, {}, {"@odata.context": _CONTEXT, **event}


def _batch(graph, request, raw):
    """Answer each inner request as if it had come alone, in another order, as Graph may."""
    told = []
    for one in json.loads(raw)["requests"]:
        url = URL(f"{graph.url}/v1.0{one['url']}", encoded=True)
        inner = SimpleNamespace(method=one["method"], raw_path=url.raw_path, query=url.query)
        inner.raw_path += f"?{url.raw_query_string}"
        status, headers, body = graph.inner.pop(0) if graph.inner else graph.do(inner, b"")
        told.insert(0, {"id": one["id"], "status": status, "headers": headers, "body": body})
    return 200, {}, {"responses": told}


def _named(found):
    return [{"id": key, "displayName": name} for key, name in found.items()]


def _teams(graph, request, raw):
    names = {key: name for key, (name, _channels) in graph.teams.items()}
    first = "$skiptoken" not in request.query
    page = {"@odata.context": _CONTEXT, "value": _named(names)[:1] if first else _named(names)[1:]}
    if first and len(names) > 1:
        page["@odata.nextLink"] = f"{graph.url}/v1.0/me/joinedTeams?$skiptoken=2"
    return 200, {}, page


def _channels(graph, request, raw, team):
    return 200, {}, {"@odata.context": _CONTEXT, "value": _named(graph.teams[team][1])}


def _posted(graph, request, raw, *where):
    graph.posts.append((where, json.loads(raw)["body"]["content"]))
    told = {"id": f"17000000000{len(graph.posts):02}", "body": json.loads(raw)["body"]}
    return 201, {}, {"@odata.context": _CONTEXT, **told}


def _item(name):
    return {"id": "01FILE", "name": name, "webUrl": f"https://files.example/{name}"}


def _put(graph, request, raw, *where):
    graph.files["/".join(where)] = raw
    return 201, {}, {"@odata.context": _CONTEXT, **_item(where[-1].rpartition("/")[2])}


def _session(graph, request, raw, *where):
    expires = {"expirationDateTime": "2026-03-05T00:00:00Z", "nextExpectedRanges": ["0-"]}
    address = {"uploadUrl": f"{graph.url}/upload?guid=1"}
    return 200, {}, {"@odata.context": _CONTEXT, **address, **expires}


def _folder(graph, request, raw, *where):
    folder = {"id": "01FOLDER", "name": "General", "parentReference": {"driveId": "b!drive"}}
    return 200, {}, {"@odata.context": _CONTEXT, **folder}


_ROUTES = (
    (r"POST /\$batch", _batch),
    ("GET /me", _me),
    ("GET /users", _users),
    ("POST /me/sendMail", _send_mail),
    ("GET /me/messages", _messages),
    ("POST /me/events", _event),
    ("GET /me/joinedTeams", _teams),
    ("GET /teams/([^/]+)/channels", _channels),
    ("POST /teams/([^/]+)/channels/([^/]+)/messages", _posted),
    ("POST /chats/([^/]+)/messages", _posted),
    ("PUT /me/drive/root:/(.+):/content", _put),
    ("POST /me/drive/root:/(.+):/createUploadSession", _session),
    ("GET /teams/([^/]+)/channels/([^/]+)/filesFolder", _folder),
    ("PUT /drives/([^/]+)/items/([^/]+):/([^/]+):/content", _put),
)


class Pauses:
    """Waits by moving the clock, and recalls how long."""

    def __init__(self, clock):
        self.clock = clock
        self.seconds = []

    async def __call__(self, seconds):
        self.seconds.append(seconds)
        self.clock.pass_(seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def graph_client(fake, clock, pause, **given):
    """A client of the fake, its jitter fixed at none."""
    async with open_session() as session:
        yield GraphClient(
            session,
            base_url=given.pop("base_url", f"{fake.url}/v1.0"),
            clock=clock,
            pause=pause,
            chance=given.pop("chance", lambda: 0.0),
            **given,
        )


def broken_rules(fake, contract_check):
    """What the outside contracts say against the exchanges so far."""
    return [
        f"{one['method']} {one['url']}: {problem}"
        for one in fake.exchanges
        if not isinstance(one.get("response_body"), str)
        for problem in contract_check.check_graph(one)
    ]
