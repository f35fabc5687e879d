"""Run the benchmark: python -m tests.benchmarks.turns [seconds per cell]."""

import asyncio
import json
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median

import psutil

from bot.local.mongod import EmbeddedMongod
from tests.benchmarks.processes import core, process
from tests.benchmarks.turns.settings import Bench

CLIENTS = (1, 16, 64)
SERVERS = ("bare", "ours", "stock")
ROUNDS = 3


def cpu_seconds(running):
    times = psutil.Process(running.pid).cpu_times()
    return times.user + times.system


def sent(bench):
    """Give how many messages the connector was sent, and their bytes."""
    with urllib.request.urlopen(f"{bench.connector_url}/count") as answer:
        told = json.load(answer)
    return told["messages"], told["size"]


def load(port, clients, seconds, folder, bench):
    """Have the clients talk; give what they saw."""
    arguments = (str(port), str(clients), str(seconds), str(folder), bench.to_argument())
    with process("turns.load", *arguments, core=core(1)) as (_, seen):
        return seen


def cell(name, server, clients, seconds, folder, bench):
    """Measure one server with so many clients once."""
    running, word = server
    before, messages, size = cpu_seconds(running), *sent(bench)
    seen = load(word["port"], clients, seconds, folder, bench)
    used = cpu_seconds(running) - before
    messages, size = (now - then for now, then in zip(sent(bench), (messages, size), strict=True))
    if messages != seen["turns"]:
        raise RuntimeError(f"{name} sent {messages} cards in {seen['turns']} turns")
    return {
        "turns/s": seen["turns"] / seen["seconds"],
        "cpu ms": used * 1000 / seen["turns"],
        "p50 ms": seen["p50"],
        "p99 ms": seen["p99"],
        "card KB": size / messages / 1024,
    }


def measure(folder, bench, seconds):
    """Measure every server in turns, so that what else the machine does falls on all alike."""
    found = {name: {clients: [] for clients in CLIENTS} for name in SERVERS}
    certificates = str(folder / "ca.pem")
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                process(
                    f"turns.{name}",
                    bench.to_argument(),
                    core=core(0),
                    REQUESTS_CA_BUNDLE=certificates,
                )
            )
            for name in SERVERS
        }
        for _, word in servers.values():
            load(word["port"], 4, 1.5, folder, bench)  # to warm up
        for clients, _, name in product(CLIENTS, range(ROUNDS), SERVERS):
            measured = cell(name, servers[name], clients, seconds, folder, bench)
            found[name][clients].append(measured)
    return {
        name: {clients: _median(rounds) for clients, rounds in cells.items()}
        for name, cells in found.items()
    }


def _median(rounds):
    return {column: median(one[column] for one in rounds) for column in rounds[0]}


def report(results):
    """Print the table and the two ratios that were promised."""
    columns = ("turns/s", "cpu ms", "p50 ms", "p99 ms", "card KB")
    print(f"{'server':8}{'clients':>8}" + "".join(f"{column:>9}" for column in columns))
    for name, cells in results.items():
        for clients, cell in cells.items():
            print(f"{name:8}{clients:>8}" + "".join(f"{cell[column]:>9.3g}" for column in columns))
    for clients in CLIENTS:
        ours, bare, stock = (results[name][clients] for name in ("ours", "bare", "stock"))
        print(
            f"{clients:>3} clients: {ours['cpu ms'] / bare['cpu ms']:.2f}x the CPU of bare aiohttp "
            f"(aim: 3x or less), {ours['turns/s'] / stock['turns/s']:.1f}x the turns/s of the "
            f"stock adapter (aim: 15x or more at 16)"
        )


async def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder = Path(made)
        async with EmbeddedMongod(folder / "mongod") as uri:
            _, facts = stack.enter_context(process("turns.other_end", made, core=core(1)))
            bench = replace(Bench(**facts), mongo_uri=uri)
            report(await asyncio.to_thread(measure, folder, bench, seconds))


if __name__ == "__main__":
    asyncio.run(main())
