"""The servers of `bench5`: an echo, the bot behind a webhook of the benchmark, bare writes; a load.

The bot's webhook starts a workflow as a command would; its own does not exist yet.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime

from aiohttp import ClientSession, TCPConnector, web
from bson import ObjectId

from storage.database import _client
from tests.benchmarks.runs.loop import closed_loop
from tests.benchmarks.runs.parts import Signs, open_parts
from tests.benchmarks.turns.settings import say

STEPS = ("api_call", "save_data", "save_data", "api_call", "save_data")


def configs(echo):
    """Give the settings of the workflow's steps."""
    address = f"http://127.0.0.1:{echo}/echo?value="
    return {
        "api_call": {"method": "GET", "url": address + "{{ trigger.value }}"},
        "save_data": {"name": "value", "value": "{{ steps.api_call.body.value }}"},
        "save_data#2": {"name": "event", "value": "{{ trigger.event }} by {{ trigger.user }}"},
        "api_call#2": {"method": "GET", "url": address + "{{ steps.save_data.value }}"},
        "save_data#3": {"name": "value", "value": "{{ steps.api_call#2.body.value }}"},
    }


async def listen(path, handler, method="POST"):
    app = web.Application()
    app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    say(port=runner.addresses[0][1])
    await asyncio.Event().wait()


async def echo():
    async def handler(request):
        return web.json_response({"value": int(request.query["value"])})

    await listen("/echo", handler, "GET")


async def ours(uri, echo):
    parts = await open_parts(uri, Signs(), allow=frozenset({f"http://127.0.0.1:{echo}"}))
    await parts.start()
    await parts.people(STEPS, configs(echo))
    numbers = iter(range(2**62))

    async def handler(request):
        await parts.run(next(numbers), **await request.json())
        return web.json_response({})

    await listen("/hook", handler)


async def bare(uri, echo):
    """Do the same with nothing around it; a majority has the log after each step."""
    database = _client(uri, 3.0).get_default_database()
    session = ClientSession(connector=TCPConnector(limit=0))

    async def call(value):
        address = f"http://127.0.0.1:{echo}/echo"
        async with session.get(address, params={"value": value}) as answer:
            return (await answer.json())["value"] * 2

    async def handler(request):
        asked, logs = await request.json(), database["executionlogs"]
        log = {"_id": ObjectId(), "status": "running", "event": asked["event"], "steps": [None] * 5}
        await logs.insert_one(log)

        async def done(place, output, **more):
            step = {"finishedAt": datetime.now(UTC), "output": output}
            await logs.update_one({"_id": log["_id"]}, {"$set": {f"steps.{place}": step, **more}})

        value = await call(asked["value"])
        await done(0, value)
        await done(1, value)
        await database["records"].insert_one({"value": value})
        await done(2, value)
        value = await call(value)
        await done(3, value)
        await done(4, value, status="completed")
        return web.json_response({})

    await listen("/hook", handler)


async def load(port, clients, seconds):
    body = {"event": "order", "user": "ana", "value": 21}
    async with ClientSession(connector=TCPConnector(limit=0)) as session:

        async def one(_client):
            async with session.post(f"http://127.0.0.1:{port}/hook", json=body) as answer:
                if answer.status != 200:
                    raise RuntimeError(await answer.text())
                await answer.read()

        say(**await closed_loop(one, clients, seconds))


if __name__ == "__main__":
    ROLES = {"echo": echo, "ours": ours, "bare": bare, "load": load}
    asyncio.run(ROLES[sys.argv[1]](**json.loads(sys.argv[2])))
