"""The Teams edge with everything round it real: a web server, keys, a connector, a database."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import aiohttp
from aiohttp import web

from bot.auth.app_token import FixedToken
from bot.teams.edge import open_edge
from bot.teams.handover import HandOver
from bot.teams.settings import EdgeSettings
from tests.fakes.keys import APP_ID, TENANT, claims, signed
from tests.fakes.server import Server


async def silence(_place):
    return []


class TestedEdge(Server):
    """Posts activities as Teams would, and keeps the turns the bot was given."""

    __test__ = False

    def __init__(self, *, keys, connector, storage, clock, answer=None, **settings):
        super().__init__()
        self.turns = []
        self.shown = []
        self.welcome = silence
        self.answer = answer
        self.keys, self.connector, self.storage, self.clock = keys, connector, storage, clock
        self.settings = replace(
            EdgeSettings(
                app_id=APP_ID,
                tenants=frozenset({TENANT}),
                open_id_url=keys.open_id_url,
                loopback=True,
                answer_within=timedelta(seconds=30),
            ),
            **settings,
        )
        self.pauses = []
        self.edge = None
        self.http = None

    def routes(self):
        return [web.route("*", "/api/messages", self._process)]

    async def _process(self, request):
        return await self.edge.process(request)

    async def __aenter__(self):
        self.edge = await open_edge(
            self.settings,
            stores=self.storage,
            tokens=FixedToken("bot-token"),
            clock=self.clock,
            pause=self.pause,
        )
        self.hand_over = HandOver(
            files=self.storage.handovers,
            chats=self.storage.conversations,
            notifier=self.edge.notifier,
            connector=self.edge.connector,
            uploads=self.edge.uploads,
            clock=self.clock,
        )
        self.edge.listen(
            answer=self._answer,
            welcome=self._welcome,
            shown=self._shown,
            hand_over=self.hand_over,
        )
        self.http = aiohttp.ClientSession()
        return await super().__aenter__()

    async def __aexit__(self, *exception):
        await self.edge.close()
        await self.http.close()
        await super().__aexit__(*exception)

    async def pause(self, seconds):
        """Let the clock pass instead of waiting."""
        self.pauses.append(seconds)
        self.clock.pass_(seconds)
        await asyncio.sleep(0)

    async def _answer(self, turn):
        self.turns.append(turn)
        return [] if self.answer is None else await self.answer(turn)

    async def _welcome(self, place):
        return await self.welcome(place)

    async def _shown(self, run_id, place, activity_id):
        self.shown.append((run_id, place.id, activity_id))

    def token(self, **changes):
        """Sign what Teams would."""
        return signed(claims(self.connector.service_url, self.clock.now(), **changes))

    async def post(self, body, *, token=None, headers=None):
        """Post an activity, or raw bytes; gives the status and the JSON that came back."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Content-Type": "application/json; charset=utf-8",
            "Authorization": f"Bearer {token or self.token()}",
            **(headers or {}),
        }
        sent = {name: value for name, value in sent.items() if value is not None}
        async with self.http.post(f"{self.url}/api/messages", data=raw, headers=sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None
