"""Watches every event loop of the tests for what keeps it from others.

Two things are found. A callback that computes for over 50 ms: CPU time of its own thread, so that
a busy machine is nobody's fault, and without the garbage collector's, which comes as it likes.
And a call that waits for the network while the loop stands still, however short: connecting and
looking up a name are listened to, since waiting costs no CPU. (Not by an audit hook: the switch to
another thread in the middle of one makes CPython refuse that thread's trace function, and coverage
then loses a thread of the driver.) Steps of the tests' own coroutines do not count: what they ask
of the bot directly would be on its loop, or in a thread, at their choice.
"""

import asyncio
import gc
import socket
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

LIMIT_SECONDS = 0.05
# Coverage is counted line by line and takes that many times as long.
TRACED = 4
_ROOMS = ("bot", "cards", "storage")
_OWN = ("/tests/", "/pytest_asyncio/", "/_pytest/")


@dataclass
class LoopWatch:
    """What was found, by name. `begin()` once for a process; `found` is in the order of finding."""

    limit_seconds: float = LIMIT_SECONDS
    own: tuple[str, ...] = _OWN  # whose coroutines do not count
    found: list[str] = field(default_factory=list)
    test: str = ""  # what runs now
    _not_ours: float = 0.0  # the loop's thread spent this in the collector, or for the tests
    _collecting: float = 0.0
    _callback: asyncio.Handle | None = None
    _thread: int = 0

    def begin(self):
        """Watch all loops of this process from now on; gives what ends it."""
        watch = self
        run, connect, look_up = asyncio.Handle._run, socket.socket.connect, socket.getaddrinfo

        def watched(handle):
            return watch.run(handle, run)

        def connecting(one, address):
            if one.gettimeout() != 0:
                watch._heard(f"a connection to {address}")
            return connect(one, address)

        def looking_up(host, *args, **kwargs):
            watch._heard(f"looking up {host}")
            return look_up(host, *args, **kwargs)

        asyncio.Handle._run = watched
        socket.socket.connect, socket.getaddrinfo = connecting, looking_up
        gc.callbacks.append(self._collector)

        def end():
            asyncio.Handle._run = run
            socket.socket.connect, socket.getaddrinfo = connect, look_up
            gc.callbacks.remove(self._collector)

        return end

    def run(self, handle, call):
        """Run a callback and note it where it took too long."""
        self._callback, self._thread, self._not_ours = handle, threading.get_ident(), 0.0
        begun = time.thread_time()
        try:
            return call(handle)
        finally:
            took = time.thread_time() - begun - self._not_ours
            self._callback = None
            if took > self.limit:
                self._note(f"{took * 1000:.0f} ms of", handle)

    @property
    def limit(self):
        """Give the limit in seconds, more while lines are counted."""
        return self.limit_seconds * (TRACED if sys.gettrace() else 1)

    @contextmanager
    def without(self):
        """Leave out what is done here on the loop, though no test does it in its own name."""
        begun = time.thread_time()
        try:
            yield
        finally:
            self._not_ours += time.thread_time() - begun

    def _collector(self, phase, _info):
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._collecting = time.thread_time()
        else:
            self._not_ours += time.thread_time() - self._collecting

    def _heard(self, what):
        """Note a call that waits, made by a callback of the loop."""
        if self._callback is not None and threading.get_ident() == self._thread:
            self._note(f"{what} waited for by", self._callback)

    def _note(self, what, handle):
        name = name_of(handle, self.own)
        if name and self.test:
            self.found.append(f"{what} {name} in {self.test}")


def name_of(handle, own=_OWN):
    """Give what a callback is called and where it got to; "" for the tests' own coroutines."""
    call = handle._callback
    task = getattr(call, "__self__", None)
    if not isinstance(task, asyncio.Task):
        code = getattr(getattr(call, "__func__", call), "__code__", None)
        return _placed(code, own) if code else getattr(call, "__qualname__", repr(call))
    began = getattr(task.get_coro(), "cr_code", None)
    name = _placed(began, own) if began else repr(task)
    return f"{name}{_next_wait(task.get_coro())}" if name else ""


def _placed(code, own):
    if any(one in code.co_filename for one in own):
        return ""
    return f"{code.co_qualname} ({code.co_filename}:{code.co_firstlineno})"


def _next_wait(coroutine):
    """Say where of ours a coroutine waits now: what took long comes before that."""
    ours = ""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None)
        if frame and any(f"/{room}/" in frame.f_code.co_filename for room in _ROOMS):
            ours = f", up to {frame.f_code.co_qualname}:{frame.f_lineno}"
        coroutine = getattr(coroutine, "cr_await", None)
    return ours


WATCH = LoopWatch()
