"""The workload `bench5`, for this bot, for bare writes, and for Node-RED where it is installed.

A request starts: an HTTP call to a loopback echo, a value set, a document saved, another call, a
value set, the log kept; it is answered when that is done. The bot has no step that sets a value:
it saves the value, filled in by a slot, which is one document more. Node-RED keeps its log once,
at the end; the bot and the bare writes after each step, by a majority.
"""

import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from statistics import median

import psutil
from pymongo import MongoClient

from tests.benchmarks.processes import process
from tests.benchmarks.runs.node_red import flow
from tests.fakes.ports import free_port

CLIENTS = (1, 16, 64)
PATIENCE_SECONDS = 60.0


@contextmanager
def node_red(folder, uri, echo):
    """Run the Node-RED of a folder with the workload; give its process and port."""
    with tempfile.TemporaryDirectory() as made:
        home, port = Path(made), free_port()
        (home / "flows.json").write_text(json.dumps(flow(uri, echo)))
        (home / "settings.js").write_text(
            "module.exports = {uiHost: '127.0.0.1', httpAdminRoot: false, flowFile: 'flows.json',"
            f" uiPort: {port}, nodesDir: {json.dumps(str(folder / 'node_modules'))},"
            " logging: {console: {level: 'warn'}}};"
        )
        program = folder / "node_modules" / "node-red" / "red.js"
        command = [shutil.which("node"), str(program), "-u", str(home)]
        # It looks for more nodes in the folder it is started in and in its own.
        (home / "node_modules").symlink_to((folder / "node_modules").resolve())
        (home / "package.json").write_text(
            json.dumps({"name": "bench", "dependencies": {"node-red-contrib-mongodb4": "*"}})
        )
        out = (home / "out.log").open("wb")
        with out, subprocess.Popen(command, cwd=home, stdout=out, stderr=out) as running:
            try:
                _until_it_answers(port, home / "out.log")
                yield running, port
            finally:
                running.kill()


def _until_it_answers(port, log):
    late = time.monotonic() + PATIENCE_SECONDS
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/hook", data=b'{"value": 1}')
    asked.add_header("Content-Type", "application/json")
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=5):
                return
        except OSError as error:
            if time.monotonic() > late:
                raise RuntimeError(log.read_text()) from error
            time.sleep(0.2)


def _start(stack, uri, folder):
    """Start every server of the workload; give its process, its port, and its log."""
    _, echo = stack.enter_context(process("runs.hooks", "echo", "{}"))
    client = stack.enter_context(MongoClient(uri))
    found = {}
    for name in ("bare", "ours"):
        told = {"uri": uri.replace("/?", f"/peer_{name}?"), "echo": echo["port"]}
        running, said = stack.enter_context(process("runs.hooks", name, json.dumps(told)))
        log = client[f"peer_{name}"]["executionlogs"]
        found[name] = running, said["port"], log
    if folder is not None:
        place = uri.replace("/?", "/peer_node_red?")
        running, port = stack.enter_context(node_red(folder, place, echo["port"]))
        found["Node-RED"] = running, port, client["peer_node_red"]["executionlogs"]
    return found


def _cell(server, clients, seconds):
    """Measure one server once; what counts is what its log says is completed."""
    running, port, log = server
    before = log.count_documents({"status": "completed"})
    cpu = psutil.Process(running.pid).cpu_times()
    told = json.dumps({"port": port, "clients": clients, "seconds": seconds})
    with process("runs.hooks", "load", told) as (_, seen):
        pass
    after = psutil.Process(running.pid).cpu_times()
    done = log.count_documents({"status": "completed"}) - before
    if done < seen["runs"]:
        raise RuntimeError(f"{done} logs of {seen['runs']} runs that were answered")
    used = after.user + after.system - cpu.user - cpu.system
    return {
        "runs/s": done / seen["seconds"],
        "p50 ms": seen["p50"],
        "cpu ms": used * 1000 / done,
        "MB": psutil.Process(running.pid).memory_info().rss / 1024 / 1024,
    }


def measure_peers(uri, length, folder):
    """Measure each in turns."""
    with ExitStack() as stack:
        servers = _start(stack, uri, folder)
        for server in servers.values():
            _cell(server, 4, 1.0)  # to warm up
        found = {name: {clients: [] for clients in CLIENTS} for name in servers}
        for clients, _, name in product(CLIENTS, range(length.rounds), servers):
            found[name][clients].append(_cell(servers[name], clients, length.peers_seconds))
    return {
        name: {
            clients: {column: median(one[column] for one in rounds) for column in rounds[0]}
            for clients, rounds in of_name.items()
        }
        for name, of_name in found.items()
    }


def report_peers(found):
    """Print the table."""
    columns = ("runs/s", "/bare", "p50 ms", "cpu ms", "MB")
    print("bench5: request, HTTP call, value, document, HTTP call, value; counted in the log.")
    print(f"{'':12}{'clients':>8}" + "".join(f"{column:>9}" for column in columns))
    for name, cells in found.items():
        for clients, cell in cells.items():
            row = {**cell, "/bare": cell["runs/s"] / found["bare"][clients]["runs/s"]}
            told = "".join(f"{row[column]:>9.3g}" for column in columns)
            print(f"{name:12}{clients:>8}{told}")
    if "Node-RED" not in found:
        print("Node-RED is left out: --node-red names a folder where it is installed.")
