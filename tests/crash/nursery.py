"""Worker processes that are there at once: forked from one that has everything imported."""

import asyncio
import multiprocessing
import os
import signal
from contextlib import suppress
from multiprocessing import forkserver

from tests.crash.worker_process import UP, live

# Processes that are killed have nothing to tell about coverage, and would be slowed by it.
_COVERAGE = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")

_DRIVERS = ("nats", "redis", "rabbitmq")
_PRELOADED = ["tests.crash.worker_process", *(f"bot.app.brokers.{name}" for name in _DRIVERS)]


def open_nursery():
    """Start the process the others are forked from; it ends with this one."""
    kept = {name: os.environ.pop(name) for name in _COVERAGE if name in os.environ}
    try:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOADED)
        forkserver.ensure_running()
    finally:
        os.environ.update(kept)
    return context


class WorkerProcess:
    """One worker process, seen from outside."""

    def __init__(self, context, told):
        self._pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=live, args=(told, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.ended = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._gone)

    def _gone(self):
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        if not self.ended.done():
            self.ended.set_result(self._process.exitcode)

    async def says(self, word):
        """Wait until it says a word; False when it ends before."""
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        number = self._pipe.fileno()
        loop.add_reader(number, heard.set)
        try:
            while not self.ended.done():
                waiting = asyncio.ensure_future(heard.wait())
                await asyncio.wait({waiting, self.ended}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if self.ended.done():
                    return False
                with suppress(EOFError):
                    if self._pipe.poll() and self._pipe.recv() == word:
                        return True
                heard.clear()
        finally:
            loop.remove_reader(number)
        return False

    async def up(self):
        """Wait until it works."""
        return await self.says(UP)

    async def dies(self):
        """Wait for its end; gives the exit code."""
        return await asyncio.shield(self.ended)

    async def kill(self):
        """Kill it, as a power cut would."""
        return await self._end(signal.SIGKILL)

    async def thaw(self):
        """Let it go on, where it stands still, and wait for its end; gives the exit code."""
        return await self._end(signal.SIGCONT)

    async def stop(self):
        """Ask it to end; gives the exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how):
        if not self.ended.done():
            os.kill(self._process.pid, how)
        return await self.dies()
