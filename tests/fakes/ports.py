"""Ports for servers that have to be told theirs before they listen.

Not from the range the system gives to outgoing connections, where one that is free now may be
taken a moment later; each of several test processes has a range of its own.
"""

import itertools
import os
import socket

LOOPBACK = "127.0.0.1"
_FIRST, _EACH = 20_000, 1_500
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
_STEPS = itertools.count(os.getpid() * 7)


def free_port():
    """Give a port that nobody listens on, another one each time."""
    for step in _STEPS:
        port = _FIRST + _PROCESS * _EACH + step % _EACH
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        return port
    raise AssertionError("counting never ends")
