"""What the drives of the local Graph hold: a tree of items by path, in memory."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bot.clock import Clock
from bot.local.entra.directory import Account
from bot.local.graph.call import GraphRefusal, bad, missing
from bot.local.ids import Ids, iso

_FORBIDDEN = re.compile(r'["*:<>?/\\|\x00-\x1f]')
_MEDIA = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
    "pdf": "application/pdf",
}


@dataclass(slots=True)
class Item:
    """A file, or a folder when `content` is None. `path` has no slash in front; "" is the root."""

    id: str
    path: str
    content: bytes | None
    author: Account | None
    created_at: str
    changed_at: str
    version: int = 1

    @property
    def name(self) -> str:
        """Give the last part of the path."""
        return self.path.rpartition("/")[2] or "root"


@dataclass(slots=True)
class Drive:
    """One drive: somebody's OneDrive, or the library of a team."""

    id: str
    owner: str
    web: str
    items: dict[str, Item] = field(default_factory=dict)  # by path, in lower case

    @property
    def place(self) -> str:
        """Name the drive as people know it."""
        return "OneDrive" if "/personal/" in self.web else self.owner

    def find(self, path: str) -> Item:
        """Give what lies at a path. Errors: GraphRefusal 404."""
        found = self.items.get(path.casefold())
        if found is None:
            raise missing("files", "The resource could not be found.")
        return found

    def files(self) -> dict[str, bytes]:
        """Give the content of each file by path."""
        return {i.path: i.content for i in self.items.values() if i.content is not None}

    def by_id(self, identifier: str) -> Item:
        """Give an item by its id. Errors: GraphRefusal 404."""
        found = (item for item in self.items.values() if item.id == identifier)
        item = next(found, None)
        if item is None:
            raise missing("files", "The resource could not be found.")
        return item


@dataclass(frozen=True, slots=True)
class Drives:
    """All drives; made when they are first looked at."""

    clock: Clock
    ids: Ids
    drives: dict[str, Drive] = field(default_factory=dict)

    def of(self, account: Account) -> Drive:
        """Give somebody's OneDrive. Errors: GraphRefusal 404 for a guest, who has none here."""
        if account.guest:
            raise missing("files", "User's mysite not found.")
        user = re.sub(r"\W", "_", account.person.principal.lower())
        web = f"https://contoso-my.sharepoint.example/personal/{user}/Documents"
        return self._drive(f"b!{_opaque(account.object_id, 44)}", account.person.name, web)

    def of_team(self, team_id: str, name: str) -> Drive:
        """Give a team's library."""
        web = f"https://contoso.sharepoint.example/sites/{quote(name)}/Shared%20Documents"
        return self._drive(f"b!{_opaque(team_id, 44)}", name, web)

    def _drive(self, identifier: str, owner: str, web: str) -> Drive:
        if identifier not in self.drives:
            drive = self.drives[identifier] = Drive(identifier, owner, web)
            self.folder(drive, "", None)
        return self.drives[identifier]

    def folder(self, drive: Drive, path: str, author: Account | None) -> Item:
        """Give a folder, made with those above it when it is not there.

        Errors: GraphRefusal 409 where a file stands in its way.
        """
        if path:
            self.folder(drive, path.rpartition("/")[0], author)
        found = drive.items.get(path.casefold())
        if found is None:
            now = iso(self.clock.now())
            found = Item(self._id(), path, None, author, now, now)
            drive.items[path.casefold()] = found
        if found.content is not None:
            raise GraphRefusal(409, "nameAlreadyExists", "A file stands where a folder should.")
        return found

    def put(
        self, drive: Drive, path: str, content: bytes, author: Account, conflict: str = "replace"
    ) -> tuple[Item, bool]:
        """Write a file and say whether it is new. `conflict`: replace, rename or fail.

        Errors: GraphRefusal 400 for a name that cannot be, 409 for one that is taken.
        """
        path = checked(path)
        self.folder(drive, path.rpartition("/")[0], author)
        found = drive.items.get(path.casefold())
        if found is not None and (conflict == "fail" or found.content is None):
            raise GraphRefusal(
                409, "nameAlreadyExists", "An item with the same name already exists."
            )
        now = iso(self.clock.now())
        if found is not None and conflict == "replace":
            found.content, found.changed_at, found.version = content, now, found.version + 1
            return found, False
        free = path if found is None else _free(drive, path)
        item = drive.items[free.casefold()] = Item(self._id(), free, content, author, now, now)
        return item, True

    def _id(self) -> str:
        return "01" + _opaque(self.ids.guid(), 32).upper()

    def shown(self, drive: Drive, item: Item) -> dict[str, Any]:
        """Give an item as Graph shows it."""
        parent = drive.items.get(item.path.rpartition("/")[0].casefold())
        where = item.path.rpartition("/")[0]
        by: Mapping[str, Any] = {"user": {"displayName": drive.owner}}
        if item.author:
            by = {"user": {"id": item.author.object_id, "displayName": item.author.person.name}}
        shown: dict[str, Any] = {
            "id": item.id,
            "name": item.name,
            "webUrl": drive.web + ("/" + quote(item.path) if item.path else ""),
            "createdDateTime": item.created_at,
            "lastModifiedDateTime": item.changed_at,
            "createdBy": by,
            "lastModifiedBy": by,
            "eTag": f'"{{{item.id}}},{item.version}"',
            "cTag": f'"c:{{{item.id}}},{item.version}"',
            "size": len(item.content or b""),
            "parentReference": {"driveId": drive.id, "driveType": "business"},
            "fileSystemInfo": {
                "createdDateTime": item.created_at, "lastModifiedDateTime": item.changed_at,
            },
        }  # fmt: skip
        if item.path and parent:
            shown["parentReference"] |= {
                "id": parent.id,
                "path": f"/drives/{drive.id}/root:" + (f"/{where}" if where else ""),
            }
        if item.content is None:
            shown["folder"] = {"childCount": len(self.children(drive, item))}
        else:
            ending = item.name.rpartition(".")[2].lower()
            shown["file"] = {"mimeType": _MEDIA.get(ending, "application/octet-stream")}
        return shown

    def children(self, drive: Drive, folder: Item) -> list[Item]:
        """List what lies right in a folder."""
        here = folder.path
        return [i for i in drive.items.values() if i.path and i.path.rpartition("/")[0] == here]


def checked(path: str) -> str:
    """Give a path whose every part may be a name. Errors: GraphRefusal 400."""
    for name in path.split("/"):
        odd = not name.strip() or name != name.strip() or name.endswith(".")
        if odd or _FORBIDDEN.search(name) or len(name) > 255:
            raise bad("The name in the provided oData path is not valid.", "invalidRequest")
    if len(path) > 400:
        raise bad("The provided path is too long.", "invalidRequest")
    return path


def _free(drive: Drive, path: str) -> str:
    stem, dot, ending = path.rpartition(".")
    number = 1
    while f"{stem} {number}{dot}{ending}".casefold() in drive.items:
        number += 1
    return f"{stem} {number}{dot}{ending}"


def _opaque(name: str, size: int) -> str:
    return hashlib.shake_256(name.encode()).hexdigest(size // 2)
