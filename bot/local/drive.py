"""The local drive: documents the bot makes, in a folder of this machine instead of OneDrive."""

import asyncio
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from bot.local.atomic import replace_file
from storage.errors import NotFoundError, RefusedError
from storage.models import User

FOLDER = "ConsultFlow"
_INDEX = ".keys.json"
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
_NAME_BYTES = 180


def safe_name(name: str) -> str:
    """Give a file name that is one plain name on any system, as near as can be to the one asked.

    Errors: RefusedError when nothing of it is left.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    text = re.sub(r'[<>:"/\\|?*]', "-", text)
    text = re.sub(r"\s+", " ", text).strip(" .-")
    stem, dot, ending = text.rpartition(".")
    if not dot or not re.fullmatch(r"\w{1,8}", ending, re.ASCII):
        stem, dot, ending = text, "", ""
    stem = stem.encode()[:_NAME_BYTES].decode(errors="ignore").strip(" .-")
    text = f"{stem}{dot}{ending}" if stem else ""
    if not text:
        raise RefusedError("A document needs a name with letters or digits in it.")
    return f"_{text}" if _RESERVED.match(text) else text


class LocalDrive:
    """Writes below one folder and nowhere else; `url` is where the local Teams shows it."""

    def __init__(
        self, root: Path, *, url: str = "", changed: Callable[[], None] | None = None
    ) -> None:
        self.root = root
        self.url = url
        self._changed = changed
        self._lock = asyncio.Lock()

    async def put(self, *, owner: User, name: str, content: bytes, key: str) -> str:
        """Write the file, replacing one written with the same key; give the address it opens at.

        Two keys never share a file: the second gets a number behind its name.
        Errors: RefusedError for a name nothing can be made of.
        """
        who = _owner(owner)
        folder = self.root / who / FOLDER
        async with self._lock:
            written = await asyncio.to_thread(_write, folder, safe_name(name), content, key)
        if self._changed:
            self._changed()
        return self._address(who, written)

    async def address(self, *, owner: User, name: str, key: str) -> str:
        """Give the address at which a file of that name will open once it is put with that key."""
        who = _owner(owner)
        async with self._lock:
            kept = await asyncio.to_thread(_named, self.root / who / FOLDER, safe_name(name), key)
        return self._address(who, kept[0])

    def _address(self, who: str, name: str) -> str:
        return f"{self.url}/drive/{quote(who)}/{FOLDER}/{quote(name)}"

    async def files(self) -> list[dict[str, str | int]]:
        """List the documents, newest first: name, owner, address, bytes, and when (epoch ms)."""
        return await asyncio.to_thread(self._list)

    def _list(self) -> list[dict[str, str | int]]:
        found = []
        for path in self.root.glob(f"*/{FOLDER}/*"):
            if path.name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            parts = path.relative_to(self.root).parts
            state = path.stat()
            entry: dict[str, str | int] = {
                "name": path.name,
                "owner": parts[0],
                "url": "/drive/" + "/".join(map(quote, parts)),
                "bytes": state.st_size,
                "changed": state.st_mtime_ns // 1_000_000,
            }
            found.append(entry)
        return sorted(found, key=lambda entry: -int(entry["changed"]))

    async def open(self, address: str) -> tuple[str, bytes]:
        """Read a document by its address below /drive/: name and content.

        Errors: NotFoundError for anything that is not a document of this drive.
        """
        return await asyncio.to_thread(self._open, address)

    def _open(self, address: str) -> tuple[str, bytes]:
        parts = PurePosixPath(address).parts
        bad = any(part in ("..", "/", "") or part.startswith(".") for part in parts)
        if bad or len(parts) != 3 or "\\" in address or "\0" in address:
            raise NotFoundError("There is no such file.")
        path = self.root.joinpath(*parts)
        inside = path.resolve().is_relative_to(self.root.resolve())
        if not inside or path.is_symlink() or not path.is_file():
            raise NotFoundError("There is no such file.")
        return path.name, path.read_bytes()


def _owner(owner: User) -> str:
    return safe_name(owner.name if owner.name.strip(" .-/\\") else owner.id)


def _write(folder: Path, wanted: str, content: bytes, key: str) -> str:
    name, before = _named(folder, wanted, key)
    replace_file(folder / name, content)
    if before is not None and before != name:
        (folder / before).unlink(missing_ok=True)
    return name


def _named(folder: Path, wanted: str, key: str) -> tuple[str, str | None]:
    """Give the name a key has from now on, and the one it had."""
    folder.mkdir(parents=True, exist_ok=True)
    index = _read_index(folder / _INDEX)
    old = index.get(key)
    name = old[1] if old and old[0] == wanted else _free(folder, wanted, index)
    if old != (wanted, name):
        index[key] = (wanted, name)
        # The name is kept first: a crash in between leaves a name, never a file without a key.
        replace_file(folder / _INDEX, json.dumps(index).encode())
    return name, old[1] if old else None


def _read_index(path: Path) -> dict[str, tuple[str, str]]:
    """Read which name each key asked for and got; names are made safe again, whoever wrote them."""
    try:
        index = json.loads(path.read_bytes())
        return {key: (str(ask), safe_name(str(got))) for key, (ask, got) in index.items()}
    except (FileNotFoundError, ValueError, AttributeError, TypeError, RefusedError):
        return {}


def _free(folder: Path, wanted: str, index: dict[str, tuple[str, str]]) -> str:
    path = PurePosixPath(wanted)
    taken = {got for _, got in index.values()}
    name, number = wanted, 1
    while name in taken or (folder / name).exists():
        number += 1
        name = f"{path.stem} ({number}){path.suffix}"
    return name
