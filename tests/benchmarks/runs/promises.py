"""What else was promised of the engine: the start at idle, the recovery, what waiting runs cost."""

import json
import time

from tests.benchmarks.processes import ask, process

TAKEN = 16


def _argument(uri, name, **more):
    return json.dumps({"uri": uri.replace("/?", f"/bench_{name}?"), **more})


def recovery(uri, broker, lease):
    """Kill a worker in the middle of its runs; give after how long another has ended them all."""
    told = {"broker": broker.url}
    with process("runs.ours", "serve", _argument(uri, "killed", **told)) as (serve, said):
        told = {**told, "tell": said["tell"], "lease": lease}
        doomed = process("runs.ours", "worker", _argument(uri, "killed", **told, holds=True))
        with doomed as (first, _):
            ask(serve, do="accept", count=TAKEN)
            ask(serve, do="begun")
            with process("runs.ours", "worker", _argument(uri, "killed", **told)):
                first.kill()
                killed = time.monotonic()
                return ask(serve, do="ended")["at"] - killed


def waiting(uri, count):
    """Give how many MB a process grows by, whose places are all taken, per 10,000 runs it accepts.

    What it needs to do and accept runs at all is left out: it has done both before.
    """
    given = _argument(uri, "waiting", places=8)
    with process("runs.ours", "memory", given) as (memory, _):
        ask(memory, do="loop", clients=8, seconds=2.0)
        ask(memory, do="hold")
        ask(memory, do="accept", count=200)
        before = ask(memory, do="memory")["mb"]
        ask(memory, do="accept", count=count - 200)
        return (ask(memory, do="memory")["mb"] - before) * 10_000 / (count - 200)


def measure_promises(uri, broker, length):
    return {
        "recovery": recovery(uri, broker, length.lease),
        "lease": length.lease,
        "waiting": waiting(uri, length.waiting),
        "count": length.waiting,
    }


def report_promises(idle, found):
    for name, times in idle.items():
        print(
            f"{name}: the first action starts {times['p50']:.0f} ms after the command at idle "
            f"(p50, aim: 50 or less), {times['p99']:.0f} ms at p99"
        )
    print(
        f"{TAKEN} runs of a killed worker ended {found['recovery']:.1f} s later "
        f"(aim: {found['lease'] + 5:.0f} or less, which is the lease and 5 s)"
    )
    print(
        f"10,000 waiting runs cost {found['waiting']:.0f} MB (aim: under 50; "
        f"by {found['count']:,} of them)"
    )
