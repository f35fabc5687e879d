"""The `consultflow` command as a process of its own: run to its end, or until told to end."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
OURS = ("AZURE_", "CONSULTFLOW_", "MONGODB_")


def environment(**more):
    """The settings of this process without any of the bot's, and those a test gives."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


def command(*words, **settings):
    """Run a command to its end; gives what it left."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        check=False,
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


class Process:
    """A command that goes on until it is told to end."""

    def __init__(self, *words, **settings):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *words],
            cwd=ROOT,
            env=environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        # A process that never says what is waited for would hold the test: it is ended instead.
        self._patience = threading.Timer(60, self.process.kill)
        self._patience.start()

    def until(self, pattern):
        """Read what it says up to a line that fits; gives the match."""
        for line in self.process.stdout:
            self.said += line
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"It ended without saying {pattern}:\n{self.said}")

    def end(self, wanted=signal.SIGTERM):
        """Ask it to end; gives its exit status."""
        self.process.send_signal(wanted)
        self.said += self.process.communicate(timeout=40)[0]
        self._patience.cancel()
        return self.process.returncode

    def kill(self):
        """End it at once, if it goes on still."""
        self._patience.cancel()
        self.process.kill()
        self.process.communicate()

    def listening(self):
        """The addresses this very process listens on."""
        found = psutil.Process(self.process.pid).net_connections("tcp")
        return {place.laddr.ip for place in found if place.status == psutil.CONN_LISTEN}
