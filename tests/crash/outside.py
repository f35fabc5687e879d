"""What the workers work on: Teams, Microsoft 365 and a service, and the wire to them.

Everything a worker sends goes over the wire, which can kill it as its request arrives, or when the
service has done its part and the answer is on its way. What was done is counted at the services.
"""

import itertools
import json
import re
from collections import Counter
from fnmatch import fnmatchcase

import aiohttp
from aiohttp import web
from yarl import URL

from bot.local.people import TEAM_GROUP_ID
from bot.local.teams import LocalTeams

_NOT_PASSED_ON = ("host", "content-length", "transfer-encoding", "connection")
SCOPES = (
    "User.Read", "Mail.Send", "Mail.Read", "Calendars.ReadWrite", "Files.ReadWrite",
    "Files.Read.All",
    "Team.ReadBasic.All", "Channel.ReadBasic.All", "ChannelMessage.Send", "ChatMessage.Send",
)  # fmt: skip


class Things:
    """A service that keeps things: PUT by address, POST by key where it is told one is enough."""

    def __init__(self):
        self.done = Counter()  # by path
        self._keys = set()

    def do(self, request):
        key, path = request.headers["Idempotency-Key"], request.path
        knows_keys = request.method == "PUT" or "keyed" in request.query
        if not (knows_keys and key in self._keys):
            self.done[path] += 1
        self._keys.add(key)
        return web.json_response({"ok": True})


class Wire:
    """Passes requests on, and kills whoever sent one that was chosen."""

    def __init__(self, upstream):
        self.things = Things()
        self.calls = []
        self._upstream = upstream
        self._doom = None

    async def start(self):
        application = web.Application(client_max_size=16 * 1024 * 1024)
        application.router.add_route("*", "/{rest:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession(auto_decompress=False)

    async def close(self):
        await self._session.close()
        await self._runner.cleanup()

    def doom(self, call, when, kill, *, nth=1):
        """Kill by `kill` at the n-th call of this pattern: `before` or `after` it is done."""
        self._doom = (call, when, kill)
        self._left = nth

    def spare(self):
        """Kill nobody any more."""
        self._doom = None

    def _take(self, call):
        if self._doom is None or not fnmatchcase(call, self._doom[0]):
            return None, None
        self._left -= 1
        if self._left:
            return None, None
        doom, self._doom = self._doom, None
        return doom[1:]

    async def _serve(self, request):
        body = await request.read()
        call = f"{request.method} {request.rel_url.raw_path}"
        self.calls.append(call)
        when, kill = self._take(call)
        if when == "before":
            await kill()
            return web.Response(status=503)
        answer = await self._answer(request, body)
        if when == "after":
            await kill()
        return answer

    async def _answer(self, request, body):
        if request.path.startswith("/things/"):
            return self.things.do(request)
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in _NOT_PASSED_ON]
        url = URL(self._upstream + request.raw_path, encoded=True)
        async with self._session.request(
            request.method, url, headers=headers, data=body or None, allow_redirects=False
        ) as reply:
            kept = [(k, v) for k, v in reply.headers.items() if k.lower() not in _NOT_PASSED_ON]
            return web.Response(status=reply.status, headers=kept, body=await reply.read())


class Outside:
    """Teams, Microsoft 365 and the service, behind one wire."""

    def __init__(self, folder, raw):
        self._raw = raw
        # Teams' limits have tests of their own, and wait for seconds.
        self.teams = LocalTeams(folder / "drive", seconds=itertools.count(step=60).__next__)
        self.microsoft = self.teams.microsoft

    async def start(self):
        await self.teams.start()
        self.wire = Wire(self.teams.url)
        await self.wire.start()

    async def close(self):
        await self.wire.close()
        await self.teams.close()

    def token(self, person, *, without=""):
        """Give somebody's token for Graph, for all that workflows do but one permission."""
        return self.microsoft.graph_token(person, *(one for one in SCOPES if one != without))

    def effects(self, action, mark):
        """Count what an action did under a mark, as its service tells it."""
        count = {
            "send_email": self._mails,
            "create_calendar": self._events,
            "teams_post": self._posts,
            "create_ppt": self._decks,
            "save_data": self._records,
            "api_call": self._things,
        }[action]
        return count(mark)

    def _mails(self, mark):
        return sum(mark in mail["subject"] for mail in self.microsoft.outbox("asha"))

    def _events(self, mark):
        return sum(mark in event["subject"] for event in self.microsoft.events("asha"))

    def _posts(self, mark):
        posts = self.teams.messages("channel")
        return sum(mark in json.dumps([post.text, post.attachments]) for post in posts)

    def _decks(self, mark):
        # Offered in the chat it is one deck however often it is offered: it is saved once.
        offered = [one["name"] for one in self._raw["handovers"].find()]
        own, team = self.microsoft.drive("asha"), self.microsoft.team_drive(TEAM_GROUP_ID)
        return sum(mark in path for path in [*own, *team, *offered])

    def _records(self, mark):
        return self._raw["records"].count_documents({"value": {"$regex": re.escape(mark)}})

    def _things(self, mark):
        return sum(done for path, done in self.wire.things.done.items() if mark in path)
