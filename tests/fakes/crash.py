"""Dies at a point of the engine's way, before or after it, as a kill would."""

import os
import signal

WRITES = (
    "begin_step", "end_step", "fail_step", "hold_step", "skip_steps", "wait", "finish", "hand_back",
)  # fmt: skip


class Crash(BaseException):
    """The process is gone; nothing after it runs."""


def die():
    """End as a power cut would: no cleanup, no goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """An object whose named methods tell that they are called: tell(when, name, args, kwargs)."""

    def __init__(self, inner, names, tell):
        self._inner = inner
        self._names = names
        self._tell = tell

    def __getattr__(self, name):
        real = getattr(self._inner, name)
        if name not in self._names:
            return real

        async def told(*args, **kwargs):
            self._tell("before", name, args, kwargs)
            result = await real(*args, **kwargs)
            self._tell("after", name, args, kwargs)
            return result

        return told


class CrashAt(Watched):
    """A repository of runs whose n-th engine write kills the process."""

    def __init__(self, runs, nth, *, after, die=None):
        super().__init__(runs, WRITES, self._passed)
        self._left = nth
        self._when = "after" if after else "before"
        self._die = die or self._raise

    @staticmethod
    def _raise():
        raise Crash

    def _passed(self, when, _name, _args, _kwargs):
        self._left -= when == "before"
        if self._left == 0 and when == self._when:
            self._die()
