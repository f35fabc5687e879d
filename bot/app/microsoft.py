"""Microsoft 365, put together: Graph as whoever owns a run, and where their files go."""

import asyncio
import random
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.app.shelves import ShelfMaker
from bot.app.sign_in import SignInSide
from bot.clients.channel_files import ChannelFiles
from bot.clients.graph.client import BASE_URL, Graph, GraphClient, open_session
from bot.clients.one_drive import OneDrive
from bot.clock import Clock
from storage.models import User


class MicrosoftSide:
    """Gives the services that act as a run's owner. Made inside the running loop; close it."""

    def __init__(
        self, side: SignInSide, clock: Clock, shelves: ShelfMaker, graph_url: str = BASE_URL
    ) -> None:
        self._side = side
        self._shelves = shelves
        self._session: aiohttp.ClientSession = open_session()
        self.client = GraphClient(
            self._session,
            base_url=graph_url,
            clock=clock,
            pause=asyncio.sleep,
            chance=random.SystemRandom().random,
        )

    def of_owner(self, owner: User) -> Mapping[str, Any]:
        """Give Graph and the drive as this person; nothing is fetched yet."""
        graph = self._graph(owner)
        return {"graph": graph, "drive": self._shelves.of(OneDrive(graph), ChannelFiles(graph))}

    async def check(self, user: User) -> str:
        """Ask Graph who somebody is, as them; gives the answer in words.

        Errors: GraphError; SignInNeededError.
        """
        me = await self._graph(user).me()
        return f"Microsoft 365 answers: you are {me.display_name} ({me.mail or me.upn})."

    def _graph(self, user: User) -> Graph:
        return self.client.for_user(user.microsoft_id, self._side.tokens.for_user(user))

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()
