"""Run the benchmark: python -m tests.benchmarks.sign_ins [people] [seconds a token call takes]."""

import asyncio
import itertools
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import aiohttp
from pymongo import MongoClient

from bot.local.mongod import EmbeddedMongod
from tests.benchmarks.processes import core, process
from tests.benchmarks.turns.load import Client, token
from tests.benchmarks.turns.settings import Bench
from tests.fakes.activities import PERSONAL, activity, execute

TALKERS = 4
ALONE_SECONDS = 10.0
PATIENCE_SECONDS = 300.0


class Crowd:
    """People who sign in, all at once."""

    def __init__(self, people, port, service_url, bearer, tenant):
        self._people = people
        self._address = f"http://127.0.0.1:{port}/api/messages"
        self._service_url = service_url
        self._headers = {"Authorization": f"Bearer {bearer}"}
        self._tenant = tenant

    async def __aenter__(self):
        limits = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=limits, headers=self._headers)
        return self

    async def __aexit__(self, *_exception):
        await self._session.close()

    def _of(self, person):
        sender = {name: person[name] for name in ("id", "name", "aadObjectId")}
        place = {**PERSONAL, "id": f"a:{person['id']}", "tenantId": self._tenant}
        return {
            "sender": sender,
            "conversation": place,
            "channelData": {"tenant": {"id": self._tenant}},
        }

    async def ask(self):
        """Have everybody press `connect`; the answer names what they are offered."""
        for person in self._people:
            press = execute(self._service_url, {"cf": 1, "verb": "connect"}, **self._of(person))
            async with self._session.post(self._address, json=press) as reply:
                offered = (await reply.json())["value"]["tokenExchangeResource"]
                person["offer"] = offered["id"]

    async def sign_in(self):
        """Send everybody's token at once; gives the statuses of the answers."""
        return await asyncio.gather(*map(self._exchange, self._people))

    async def _exchange(self, person):
        value = {"id": person["offer"], "connectionName": "", "token": person["token"]}
        invoke = activity(
            self._service_url,
            "invoke",
            name="signin/tokenExchange",
            value=value,
            **self._of(person),
        )
        async with self._session.post(self._address, json=invoke) as reply:
            return reply.status


class Help:
    """People who say help over and over; how long each answer took, by what went on meanwhile."""

    def __init__(self, port, service_url, folder):
        self._clients = [
            Client(port, service_url, token(folder, service_url, number), number)
            for number in range(TALKERS)
        ]

    async def talk(self, until):
        """Talk until `until()`, looked at each second; gives the times in ms, sorted."""
        for client in self._clients:
            client.times.clear()
        while not until():
            end = time.perf_counter() + 1.0
            await asyncio.gather(*(client.run(end) for client in self._clients))
        times = itertools.chain.from_iterable(client.times for client in self._clients)
        return sorted(one * 1000 for one in times)


def after(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def at(times, share):
    return times[min(len(times) - 1, int(len(times) * share))]


async def measure(folder, bench, port, entra):
    """Give the times of help before, while and after everybody signs in, and how that went."""
    people = json.loads((folder / "people.json").read_text())
    bearer = token(folder, bench.service_url, 99)
    talk = Help(port, bench.service_url, folder)
    found = {}
    with MongoClient(bench.mongo_uri) as client:
        users = client.get_default_database()["users"]

        def signed_in():
            return users.count_documents({"tokenCache": {"$exists": True}})

        async with Crowd(people, port, bench.service_url, bearer, entra["tenant"]) as crowd:
            await crowd.ask()
            await talk.talk(after(2.0))  # to warm up
            found["alone"] = await talk.talk(after(ALONE_SECONDS))
            begun = time.monotonic()
            signing = asyncio.create_task(crowd.sign_in())
            late = after(PATIENCE_SECONDS)
            found["with"] = await talk.talk(lambda: signed_in() == len(people) or late())
            took = time.monotonic() - begun
            await signing
            done = signed_in()
            found["after"] = await talk.talk(after(ALONE_SECONDS))
    return found, done, took


def report(found, done, people, took):
    """Print the table and the ratios that were promised."""
    names = {"alone": "before", "with": "with sign-ins", "after": "after"}
    print(f"{'help':16}{'turns':>8}{'p50 ms':>9}{'p99 ms':>9}{'worst':>9}")
    for name, times in found.items():
        row = (at(times, 0.5), at(times, 0.99), times[-1])
        print(f"{names[name]:16}{len(times):>8}" + "".join(f"{one:>9.3g}" for one in row))
    alone = sorted(found["alone"] + found["after"])
    ratios = [at(found["with"], share) / at(alone, share) for share in (0.5, 0.99)]
    print(
        f"{done} of {people} people signed in within {took:.0f} s; help meanwhile took "
        f"{ratios[0]:.2f}x at p50 and {ratios[1]:.2f}x at p99 (aim: 1.5x or less)"
    )


async def main():
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seconds = sys.argv[2] if len(sys.argv) > 2 else "2.0"
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder = Path(made)
        async with EmbeddedMongod(folder / "mongod") as uri:
            _, facts = stack.enter_context(
                process("sign_ins.other_end", made, str(people), seconds, core=core(1))
            )
            database = uri.replace("/?", "/consultflow_bench?")
            bench = replace(Bench(**facts["bench"]), mongo_uri=database)
            arguments = (bench.to_argument(), json.dumps(facts["entra"]))
            _, word = stack.enter_context(process("sign_ins.ours", *arguments, core=core(0)))
            found, done, took = await measure(folder, bench, word["port"], facts["entra"])
            report(found, done, people, took)


if __name__ == "__main__":
    asyncio.run(main())
