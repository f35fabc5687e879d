"""Parts of a benchmark in processes of their own, each on one core where the machine allows."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager


@contextmanager
def process(module, *arguments, core=None, **environment):
    """Run a module of tests.benchmarks; give its process and the line of JSON it begins with."""
    command = [sys.executable, "-W", "ignore", "-m", f"tests.benchmarks.{module}", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
        text=True,
    ) as running:
        try:
            if core is not None and hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(running.pid, {core})
            yield running, json.loads(running.stdout.readline())
        finally:
            running.kill()


def ask(running, **question):
    """Have a process that listens do something; give the line of JSON it says then."""
    running.stdin.write(json.dumps(question) + "\n")
    running.stdin.flush()
    return json.loads(running.stdout.readline())


def core(wanted):
    """Give the number of a core of ours; None where there are not so many."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return cores[wanted] if len(cores) > wanted else None
