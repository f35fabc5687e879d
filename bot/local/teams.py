"""The local Teams: a loopback stand-in for Teams that people use in a browser, a script or a test.

It serves the Bot Connector, the key server and the chat page on one port of 127.0.0.1.
"""

import asyncio
import random
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.clock import Clock, SystemClock
from bot.local.activities import Activity, Composer
from bot.local.client import Client, Pressed
from bot.local.connector import Connector
from bot.local.connector_reads import Reads
from bot.local.courier import INVOKE_SECONDS, Courier
from bot.local.drive import LocalDrive
from bot.local.file_consents import FileConsents
from bot.local.gate import Exchange, careful_headers, connector_gate, listen, only_this_machine
from bot.local.history import History
from bot.local.ids import Ids
from bot.local.limits import Limits
from bot.local.meetings import Meetings
from bot.local.message_actions import MessageActions
from bot.local.microsoft import LocalMicrosoft
from bot.local.microsoft_page import MicrosoftPage
from bot.local.page_files import PAGE, PageFiles, sentences
from bot.local.page_routes import PageRoutes
from bot.local.people import APP_ID, PEOPLE, TENANT_ID
from bot.local.sign_in import SilentSignIn
from bot.local.signing import METADATA_PATH, Signer
from bot.local.uploads import MOST_BYTES, Uploads
from bot.local.world import Message, World
from storage.errors import NotFoundError

_PREFIX = "/amer"


class LocalTeams:
    """One local Teams. After start(): `url`, `service_url`, `open_id_url`; then connect() a bot.

    `clock` dates messages and ids, and tokens too unless the bot checks those by another
    (`token_clock`); `seconds` counts the rate limits. `on_exchange` gets every call to the
    connector in contract_check's shape, `on_activity` everything sent to the bot. `commands` are
    the words and summaries the composer suggests; `history` is a file that keeps what was said
    for the next run. `microsoft` is Entra and Graph, on the same port.
    """

    app_id = APP_ID
    tenant_id = TENANT_ID

    def __init__(
        self,
        drive_root: Path,
        *,
        clock: Clock | None = None,
        token_clock: Clock | None = None,
        chance: random.Random | None = None,
        seconds: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
        on_activity: Callable[[Activity], None] | None = None,
        invoke_seconds: float = INVOKE_SECONDS,
        modules: Path = PAGE / "node_modules",
        commands: Sequence[tuple[str, str]] = (),
        history: Path | None = None,
        signs_in: bool = False,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self._token_clock: Clock = token_clock or self.clock
        self.ids = Ids(self.clock, chance)
        self.world = World()
        self.drive = LocalDrive(drive_root, changed=lambda: self.world.feed.tell("files"))
        self.uploads = Uploads()
        self.microsoft = LocalMicrosoft(
            clock=self.clock, token_clock=self._token_clock, ids=self.ids, seconds=seconds,
            world=self.world,
        )  # fmt: skip
        self.bot_token = secrets.token_urlsafe(32)
        self.url = self.service_url = self.open_id_url = ""
        self._limits = limits or Limits(seconds)
        self._on_exchange = on_exchange
        self._on_activity = on_activity
        self._invoke_seconds = invoke_seconds
        self._modules = modules
        self._history = History(history, self.world) if history else None
        self._commands = tuple(commands)
        self._signs_in = signs_in
        self._port = 0

    async def start(self, bot_messages_url: str | None = None, *, port: int = 0) -> None:
        """Open the port (0: any free one) and, when told where the bot is, connect it.

        Errors: SettingsError when the port is taken.
        """
        self._signer = await asyncio.to_thread(
            Signer.make, key_id=self.ids.guid(), app_id=APP_ID, clock=self._token_clock
        )
        application = web.Application(client_max_size=MOST_BYTES + 1024)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        # The routes need the address, and the address needs the port: so the port comes first.
        listener = await asyncio.to_thread(listen, port)
        self._port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.service_url = f"{self.url}{_PREFIX}/"
        self.open_id_url = self.url + METADATA_PATH
        self.drive.url = self.uploads.url = self.url
        self._build(application)
        try:
            await self._open(listener)
        except BaseException:
            listener.close()
            raise
        if bot_messages_url:
            await self.connect(bot_messages_url)

    async def _open(self, listener: socket.socket) -> None:
        if self._history:
            await self._history.open()
            self.ids.after(self.world.newest())
        self._runner.app.add_routes(await self.microsoft.mount(self.url))
        self.silent.start(self.client)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    def _build(self, application: web.Application) -> None:
        composer = Composer(self.clock, self.ids, self.service_url)
        self.client = Client(self.world, composer=composer, clock=self.clock, ids=self.ids)
        self.silent = SilentSignIn(
            self.world, composer, self.client.deliver, self.microsoft.sso_token
        )
        self.client.silent = self.silent if self._signs_in else None
        self.menus = MessageActions(self.client)
        self.consents = FileConsents(self.client, self.drive, self.clock)
        self.meetings = Meetings(self.client, composer=composer, clock=self.clock, ids=self.ids)
        connector = Connector(self.world, self.clock, self.ids, self._limits, self.service_url)
        page = PageRoutes(
            self.client, self.meetings, self.uploads, self.drive, self.consents, self._commands
        )
        own = only_this_machine(self._port)
        gate = connector_gate(_PREFIX, self.bot_token, self._on_exchange)
        application.middlewares.extend((careful_headers, own, gate, sentences))
        application.add_routes(
            [
                *self._signer.routes(self.url),
                *connector.routes(_PREFIX),
                *Reads(connector).routes(_PREFIX),
                *page.routes(),
                *self.consents.routes(),
                *PageFiles(self._modules).routes(),
                *MicrosoftPage(self.microsoft).routes(),
            ]
        )

    async def connect(self, bot_messages_url: str) -> None:
        """Send to this bot from now on."""
        if self.client.courier is not None:
            await self.client.courier.close()
        self.client.courier = Courier(
            bot_messages_url, signer=self._signer, on_activity=self._on_activity,
            invoke_seconds=self._invoke_seconds,
        )  # fmt: skip

    async def close(self) -> None:
        """Let everyone go who listens, and close the port."""
        self.world.feed.close()
        await self.silent.close()
        await self.microsoft.close()
        if self.client.courier is not None:
            await self.client.courier.close()
        await self._runner.cleanup()
        if self._history:
            await self._history.close()

    def token(self) -> str:
        """Give a token as the channel signs it, for a test that posts to the bot by itself."""
        return self._signer.token(self.service_url)

    async def say(
        self,
        person: str,
        conversation: str,
        text: str,
        *,
        mention: bool = True,
        thread: str | None = None,
    ) -> int:
        """Say something: `asha`, in `personal`, `group`, `channel` or a meeting's room.

        Gives the bot's HTTP status; 0 when it did not answer or was not meant (no mention).
        Errors: NotFoundError for a conversation the person is not in.
        """
        _, answer = await self.client.say(
            person, conversation, text, mention=mention, thread=thread
        )
        return answer.status if answer else 0

    async def send_file(self, person: str, name: str, content: bytes, text: str = "") -> int:
        """Send a file in a person's own chat with the bot; gives the bot's HTTP status."""
        attachment = self.uploads.attachment(self.uploads.keep(name, content))
        _, answer = await self.client.say(person, "personal", text, files=[attachment])
        return answer.status if answer else 0

    async def press(
        self,
        person: str,
        activity_id: str,
        what: str | Mapping[str, Any],
        inputs: Mapping[str, str] | None = None,
    ) -> Pressed:
        """Press a button by title, verb or id with the card's inputs filled in.

        An action's JSON is sent as it is, unchecked.
        Errors: NotFoundError when there is no such message, button or input; RefusedError when
        an input that must be filled in is empty.
        """
        return await self.client.press(person, self.message(activity_id), what, inputs)

    async def see(self, person: str, conversation: str) -> None:
        """Look at a conversation: cards that refresh themselves for this person do so."""
        for message in self.messages(conversation, person):
            await self.client.refresh(person, message)

    async def install(self, person: str, conversation: str = "personal") -> None:
        """Add the bot to a conversation, as a person; once, after that it does nothing."""
        await self.client.install(self.client.room(conversation, person), person)

    def messages(self, conversation: str, person: str = "asha") -> list[Message]:
        """Give a conversation's messages, oldest first."""
        return self.world.messages(self.client.room(conversation, person).key)

    def message(self, activity_id: str) -> Message:
        """Find a message by its id. Errors: NotFoundError."""
        found = [self.world.message(key, activity_id) for key in self.world.rooms]
        if not any(found):
            raise NotFoundError(f"There is no message {activity_id}.")
        return next(filter(None, found))

    async def wait_for(
        self,
        conversation: str,
        wanted: Callable[[Message], bool],
        *,
        person: str = "asha",
        seconds: float = 10.0,
    ) -> Message:
        """Give the newest message that is as wanted, now or as soon as there is one.

        Errors: TimeoutError.
        """

        def look() -> Message | None:
            found = (m for m in reversed(self.messages(conversation, person)) if wanted(m))
            return next(found, None)

        return await self.world.feed.until(look, seconds=seconds)


__all__ = ["PEOPLE", "LocalTeams", "Message", "Pressed"]
