"""Run the benchmark: python -m tests.benchmarks.runs [--quick] [--only PART] [--node-red FOLDER].

FOLDER is one in which `npm install node-red node-red-contrib-mongodb4` was done.
"""

import argparse
import asyncio
import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median

import psutil
from pymongo import MongoClient

from bot.local.mongod import EmbeddedMongod
from tests.benchmarks.processes import ask, process
from tests.benchmarks.runs.peers import measure_peers, report_peers
from tests.benchmarks.runs.promises import measure_promises, report_promises
from tests.fakes import brokers

CLIENTS = (1, 16, 64)
ENGINES = ("in memory", "NATS")


@dataclass(frozen=True)
class Length:
    """How much is measured: a second more is a steadier figure."""

    seconds: float = 4.0
    rounds: int = 3
    idle: int = 100
    waiting: int = 10_000
    lease: float = 10.0
    peers_seconds: float = 10.0


QUICK = Length(1.5, 2, 30, 1_000, 4.0, 2.0)


def cpu_seconds(pids):
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(one.user + one.system for one in times)


class Cell:
    """One way to do runs: the process that is asked, and whose CPU it takes."""

    def __init__(self, asked, ours, theirs, database=None, **question):
        self._asked, self._ours, self._theirs = asked, ours, theirs
        self._database, self._question = database, question

    def measure(self, clients, seconds):
        ours, theirs = cpu_seconds(self._ours), cpu_seconds(self._theirs)
        logged = self._completed()
        seen = ask(self._asked, do="loop", clients=clients, seconds=seconds, **self._question)
        if self._database is not None and self._completed() - logged != seen["runs"]:
            raise RuntimeError(f"{self._completed() - logged} logs of {seen['runs']} runs")
        return {
            "runs/s": seen["runs"] / seen["seconds"],
            "cpu ms": (cpu_seconds(self._ours) - ours) * 1000 / seen["runs"],
            "mongod": (cpu_seconds(self._theirs) - theirs) * 1000 / seen["runs"],
            "p50 ms": seen["p50"],
        }

    def _completed(self):
        """Count the runs whose log says so."""
        if self._database is None:
            return 0
        return self._database["executionlogs"].count_documents({"status": "completed"})


def database_of(uri, name):
    return uri.replace("/?", f"/bench_{name}?")


def argument(uri, name, **more):
    return json.dumps({"uri": database_of(uri, name), **more})


def open_cells(stack, uri, mongod, broker):
    """Start the processes; give each way to do runs by its name."""

    def start(module, *arguments):
        return stack.enter_context(process(f"runs.{module}", *arguments))

    client = stack.enter_context(MongoClient(uri))
    floor, _ = start("floor", argument(uri, "floor"))
    memory, _ = start("ours", "memory", argument(uri, "memory"))
    serve, said = start("ours", "serve", argument(uri, "nats", broker=broker.url))
    worker, _ = start("ours", "worker", argument(uri, "nats", broker=broker.url, tell=said["tell"]))
    ours = [serve.pid, worker.pid, *(one.pid for one in broker._processes)]
    return {
        "bare": Cell(floor, [floor.pid], [mongod], kind="bare"),
        "logs": Cell(floor, [floor.pid], [mongod], kind="logs"),
        "in memory": Cell(memory, [memory.pid], [mongod], client["bench_memory"]),
        "NATS": Cell(serve, ours, [mongod], client["bench_nats"]),
    }, {"in memory": memory, "NATS": serve}


def measure(cells, length):
    """Measure each way in turns, so that what else the machine does falls on all alike."""
    for cell in cells.values():
        cell.measure(8, 1.0)  # to warm up
    found = {name: {clients: [] for clients in CLIENTS} for name in cells}
    for clients, _, name in product(CLIENTS, range(length.rounds), cells):
        found[name][clients].append(cells[name].measure(clients, length.seconds))
    for name, clients in product(cells, CLIENTS):
        for floor in ("bare", "logs"):
            for one, least in zip(found[name][clients], found[floor][clients], strict=True):
                one[f"/{floor}"] = one["runs/s"] / least["runs/s"]
    return {
        name: {clients: _median(rounds) for clients, rounds in of_name.items()}
        for name, of_name in found.items()
    }


def _median(rounds):
    return {column: median(one[column] for one in rounds) for column in rounds[0]}


def report(found):
    """Print the table and the ratios that were promised."""
    columns = ("runs/s", "/bare", "/logs", "cpu ms", "mongod", "p50 ms")
    print("Runs of 5 steps that do nothing outside; bare, logs: one insert, five updates alone.")
    print(f"{'':12}{'clients':>8}" + "".join(f"{column:>9}" for column in columns))
    for name, cells in found.items():
        for clients, cell in cells.items():
            row = "".join(f"{cell[column]:>9.3g}" for column in columns)
            print(f"{name:12}{clients:>8}{row}")
    for name, aim in zip(ENGINES, (0.7, 0.6), strict=True):
        told = ", ".join(f"{found[name][clients]['/bare']:.2f}" for clients in CLIENTS)
        print(f"{name}: {told} of the bare writes (aim: {aim} or more)")


def measure_all(uri, mongod, broker, length, told):
    """Print one part after the other."""
    with ExitStack() as stack:
        cells, asked = open_cells(stack, uri, mongod, broker)
        if told.only in (None, "runs"):
            report(measure(cells, length))
        idle = {name: ask(one, do="idle", times=length.idle) for name, one in asked.items()}
    if told.only in (None, "promises"):
        report_promises(idle, measure_promises(uri, broker, length))
    if told.only in (None, "peers"):
        report_peers(measure_peers(uri, length, told.node_red))


async def main():
    read = argparse.ArgumentParser(prog="python -m tests.benchmarks.runs")
    read.add_argument("--quick", action="store_true", help="a minute instead of eight")
    read.add_argument("--only", choices=("runs", "promises", "peers"))
    read.add_argument("--node-red", type=Path, help="a folder where Node-RED is installed")
    told = read.parse_args()
    with tempfile.TemporaryDirectory() as made:
        server = EmbeddedMongod(Path(made) / "mongod")
        async with server as uri, brokers.running("nats") as broker:
            length = QUICK if told.quick else Length()
            await asyncio.to_thread(measure_all, uri, server.pid, broker, length, told)


if __name__ == "__main__":
    asyncio.run(main())
