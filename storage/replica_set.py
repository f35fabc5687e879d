"""Make a lone mongod the one member of its own replica set, whatever port it has today."""

from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure, PyMongoError

from storage.errors import UnavailableError

NAME = "consultflow"
_NOT_YET_INITIATED = 94
_STARTING_SECONDS = 30


def replica_set_uri(port: int) -> str:
    """Give the address of the one-node set on this machine."""
    return f"mongodb://127.0.0.1:{port}/?replicaSet={NAME}"


async def make_replica_set(port: int) -> None:
    """Have the mongod on this port accept writes as the primary of its own set.

    A data folder remembers the port it was last served from; its member is moved to this one.
    Errors: UnavailableError when it does not become primary within half a minute.
    """
    try:
        await _ensure_member(port)
        await _wait_for_primary(port)
    except PyMongoError as error:
        raise UnavailableError("The database on this machine did not get ready.") from error


async def _ensure_member(port: int) -> None:
    host = f"127.0.0.1:{port}"
    client: Any = AsyncIOMotorClient(
        f"mongodb://{host}/?directConnection=true",
        serverSelectionTimeoutMS=_STARTING_SECONDS * 1000,
    )
    try:
        config = await _config(client)
        if config is None:
            wanted = {"_id": NAME, "members": [{"_id": 0, "host": host}]}
            await client.admin.command("replSetInitiate", wanted)
        elif [member["host"] for member in config["members"]] != [host]:
            config["members"] = [{**config["members"][0], "host": host}]
            config["version"] += 1
            # The member does not find itself under its old address, so no majority can agree.
            await client.admin.command("replSetReconfig", config, force=True)
    finally:
        client.close()


async def _config(client: Any) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = (await client.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIATED:
            return None
        raise
    return found


async def _wait_for_primary(port: int) -> None:
    client: Any = AsyncIOMotorClient(
        replica_set_uri(port), serverSelectionTimeoutMS=_STARTING_SECONDS * 1000
    )
    try:
        await client.admin.command("ping")  # goes to the primary, so it waits until there is one
    finally:
        client.close()
