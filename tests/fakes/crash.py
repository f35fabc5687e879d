"""Dies at the n-th write to the run's record, before or after it, as a kill would."""

WRITES = (
    "begin_step", "end_step", "fail_step", "skip_steps", "finish", "hand_back",
)  # fmt: skip


class Crash(BaseException):
    """The process is gone; nothing after it runs."""


class CrashAt:
    """A repository of runs whose n-th engine write kills the process."""

    def __init__(self, runs, nth, *, after, die=None):
        self._runs = runs
        self._left = nth
        self._after = after
        self._die = die or self._raise

    @staticmethod
    def _raise():
        raise Crash

    def __getattr__(self, name):
        real = getattr(self._runs, name)
        if name not in WRITES:
            return real

        async def counted(*args, **kwargs):
            self._left -= 1
            if self._left == 0 and not self._after:
                self._die()
            result = await real(*args, **kwargs)
            if self._left == 0 and self._after:
                self._die()
            return result

        return counted
