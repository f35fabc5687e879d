"""Open the database: the only place that makes a client of it."""

import asyncio
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError

from storage.bot_state import BotState
from storage.collection import Collection, reach
from storage.conversations import Conversations
from storage.deliveries import Deliveries
from storage.drafts import Drafts
from storage.erasure import Erasure
from storage.errors import SettingsError
from storage.execution_logs import ExecutionLogs
from storage.handovers import Handovers
from storage.indexes import INDEXES
from storage.records import Records
from storage.resealing import Resealing
from storage.revisions import Revised
from storage.shares import Shares
from storage.sign_ins import SignIns
from storage.token_caches import TokenCaches
from storage.users import Sealer, Users
from storage.workflows import Workflows

DEFAULT_DATABASE = "consultflow"
_SILENCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Storage:
    """Every repository, on one database."""

    users: Users
    workflows: Workflows
    shares: Shares
    runs: ExecutionLogs
    records: Records
    bot_state: BotState
    conversations: Conversations
    deliveries: Deliveries
    drafts: Drafts
    handovers: Handovers
    token_caches: TokenCaches
    sign_ins: SignIns
    erasure: Erasure
    resealing: Resealing
    _client: Any
    _database: Any
    _seconds: float

    @property
    def name(self) -> str:
        """The database's name."""
        name: str = self._database.name
        return name

    async def ping(self) -> None:
        """Make sure the database answers. Errors: UnavailableError."""
        await reach(partial(self._database.command, "ping"), self._seconds)

    async def ensure_indexes(self) -> list[str]:
        """Build the indexes that are missing, however long that takes; gives their names."""
        await self.ping()  # away is found out in the usual time, building may take any time
        made = await asyncio.gather(
            *(Collection(self._database[name]).ensure(indexes) for name, indexes in INDEXES.items())
        )
        return [
            f"{collection}.{index}"
            for collection, indexes in zip(INDEXES, made, strict=True)
            for index in indexes
        ]

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()


async def open_storage(
    uri: str, *, database: str | None = None, sealer: Sealer, timeout_seconds: float = 3.0
) -> Storage:
    """Open the repositories on a MongoDB; connects when first used.

    The database is the one given, else the URI's, else "consultflow". Writes are acknowledged by
    a majority, journaled, whatever the URI says. When the database is away or silent, every call
    fails within `timeout_seconds` and one and a half more.
    Errors: SettingsError for a URI that cannot be used.
    """
    try:
        # Off the loop: a mongodb+srv address asks the name server.
        client = await asyncio.to_thread(_client, uri, timeout_seconds)
        opened = client[database] if database else client.get_default_database(DEFAULT_DATABASE)
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise SettingsError("MONGODB_URI is not an address of a MongoDB database.") from error
    except PyMongoError as error:
        raise SettingsError("The address in MONGODB_URI cannot be looked up.") from error
    seconds = timeout_seconds + _SILENCE_SECONDS

    def collection(name: str) -> Collection:
        return Collection(opened[name], seconds)

    return Storage(
        users=Users(collection("users"), sealer),
        workflows=Workflows(collection("workflows")),
        shares=Shares(collection("workflows")),
        runs=ExecutionLogs(Revised(opened["executionlogs"], seconds), collection("workflows")),
        records=Records(collection("records")),
        bot_state=BotState(collection("dialogstate")),
        conversations=Conversations(collection("conversations")),
        deliveries=Deliveries(collection("deliveries")),
        drafts=Drafts(collection("meetings")),
        handovers=Handovers(collection("handovers")),
        token_caches=TokenCaches(collection("users"), sealer),
        sign_ins=SignIns(collection("signins"), sealer),
        resealing=Resealing(
            Users(collection("users"), sealer),
            collection("workflows"),
            Revised(opened["executionlogs"], seconds),
        ),
        erasure=Erasure({name: collection(name) for name in INDEXES}),
        _client=client,
        _database=opened,
        _seconds=seconds,
    )


def _client(uri: str, timeout_seconds: float) -> Any:
    return AsyncIOMotorClient(
        uri,
        tz_aware=True,
        tzinfo=UTC,
        w="majority",
        journal=True,
        retryWrites=True,
        retryReads=True,
        serverSelectionTimeoutMS=int(timeout_seconds * 1000),
        timeoutMS=int((timeout_seconds + _SILENCE_SECONDS) * 1000),
        connectTimeoutMS=int(timeout_seconds * 1000),
        # A server that froze answers nothing and closes nothing: its calls are only let go of
        # when it misses a heartbeat. By default that takes 10 s longer.
        heartbeatFrequencyMS=2000,
        appname="consultflow",
    )
