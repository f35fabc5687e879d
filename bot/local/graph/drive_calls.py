"""Drives, as Graph takes files for them and shows what lies there."""

from dataclasses import dataclass

from bot.local.entra.directory import Account
from bot.local.graph.call import Answer, Call, GraphRefusal, Route, bad, missing
from bot.local.graph.files import Drive, Drives, Item, checked
from bot.local.graph.listing import Kind, many, one
from bot.local.graph.shapes import UPLOAD, check
from bot.local.graph.teams_calls import TeamsCalls
from bot.local.graph.uploads import UploadSessions

MOST_SIMPLE = 4 * 1024 * 1024
_ITEM = Kind(
    "driveItem",
    frozenset(
        {"id", "name", "webUrl", "size", "file", "folder", "parentReference", "createdDateTime",
         "lastModifiedDateTime", "createdBy", "lastModifiedBy", "eTag", "cTag", "fileSystemInfo"}
    ),
)  # fmt: skip
_READ = frozenset(
    {"Files.Read", "Files.Read.All", "Files.ReadWrite", "Files.ReadWrite.All"}
)  # fmt: skip
_WRITE = frozenset({"Files.ReadWrite", "Files.ReadWrite.All", "Sites.ReadWrite.All"})
_CONFLICT = "@microsoft.graph.conflictBehavior"
_BEHAVIOURS = frozenset({"replace", "rename", "fail"})


@dataclass(frozen=True, slots=True)
class DriveCalls:
    """Answers for the caller's own drive and the libraries of the teams they are in."""

    drives: Drives
    uploads: UploadSessions
    teams: TeamsCalls
    base: str

    def routes(self) -> list[Route]:
        """Give the operations."""
        select = frozenset({"$select"})
        mine, item = "/me/drive/root:/{path}", "/drives/{drive}/items/{item}"
        folder = "/teams/{team}/channels/{channel}/filesFolder"
        return [
            Route("PUT", mine + ":/content", self.put_mine, "files", _WRITE),
            Route("POST", mine + ":/createUploadSession", self.begin_mine, "files", _WRITE),
            Route("GET", "/me/drive/root/children", self.children, "files", _READ, select),
            Route("GET", mine, self.get_mine, "files", _READ, select),
            Route("GET", folder, self.files_folder, "files", _READ, select),
            Route("PUT", item + ":/{name}:/content", self.put_into, "files", _WRITE),
            Route("POST", item + ":/{name}:/createUploadSession", self.begin_into, "files", _WRITE),
            Route("GET", item, self.get_item, "files", _READ, select),
        ]

    def _answer(self, call: Call, drive: Drive, item: Item, status: int = 200) -> Answer:
        return one(call, _ITEM, self.drives.shown(drive, item), self.base, status=status)

    def get_mine(self, call: Call) -> Answer:
        """Give what lies at a path of the caller's drive."""
        drive = self.drives.of(call.who)
        return self._answer(call, drive, drive.find(call.names["path"]))

    def children(self, call: Call) -> Answer:
        """List what lies at the top of the caller's drive."""
        drive = self.drives.of(call.who)
        found = self.drives.children(drive, drive.find(""))
        return many(call, _ITEM, [self.drives.shown(drive, item) for item in found], self.base)

    def put_mine(self, call: Call) -> Answer:
        """Write a file of at most 4 MB: 201 when it is new, else 200."""
        return self._put(call, self.drives.of(call.who), call.names["path"])

    def begin_mine(self, call: Call) -> Answer:
        """Open an upload session for a path of the caller's drive."""
        return self._begin(call, self.drives.of(call.who), call.names["path"])

    def put_into(self, call: Call) -> Answer:
        """Write a file into a folder."""
        drive, path = self._inside(call)
        return self._put(call, drive, path)

    def begin_into(self, call: Call) -> Answer:
        """Open an upload session for a file in a folder."""
        drive, path = self._inside(call)
        return self._begin(call, drive, path)

    def get_item(self, call: Call) -> Answer:
        """Give one item by its id."""
        drive = self._drive(call)
        return self._answer(call, drive, drive.by_id(call.names["item"]))

    def files_folder(self, call: Call) -> Answer:
        """Give the folder of a channel, in its team's library."""
        team, channel = self.teams.channel(call)
        drive = self.drives.of_team(team.id, team.name)
        return self._answer(call, drive, self.drives.folder(drive, channel.name, None))

    def reachable(self, who: Account) -> list[Drive]:
        """Give somebody's own drive, unless they are a guest, and their teams' libraries."""
        own = [] if who.guest else [self.drives.of(who)]
        teams = [team for team in self.teams.teams if self.teams.includes(who, team.members)]
        return own + [self.drives.of_team(team.id, team.name) for team in teams]

    def _drive(self, call: Call) -> Drive:
        here = self.reachable(call.who)
        found = next((drive for drive in here if drive.id == call.names["drive"]), None)
        if found is None:
            raise missing("files", "The resource could not be found.")
        return found

    def _inside(self, call: Call) -> tuple[Drive, str]:
        drive = self._drive(call)
        folder = drive.by_id(call.names["item"])
        if folder.content is not None:
            raise bad("The item is not a folder.", "invalidRequest")
        return drive, f"{folder.path}/{call.names['name']}".lstrip("/")

    def _put(self, call: Call, drive: Drive, path: str) -> Answer:
        if len(call.body) > MOST_SIMPLE:
            raise GraphRefusal(413, "RequestBodyTooLarge", "Use an upload session beyond 4 MB.")
        if not call.headers.get("content-type"):
            raise GraphRefusal(415, "UnsupportedMediaType", "The content has no type.")
        item, new = self.drives.put(drive, path, call.body, call.who)
        return self._answer(call, drive, item, 201 if new else 200)

    def _begin(self, call: Call, drive: Drive, path: str) -> Answer:
        told = call.json() if call.body else {}
        check(told, UPLOAD, "createUploadSession")
        item = told.get("item") or {}
        conflict = _behaviour(item.get(_CONFLICT))
        if item.get("name") and item["name"] != path.rpartition("/")[2]:
            raise bad("The name in the body is not that of the address.", "invalidRequest")
        return self.uploads.begin(drive, checked(path), call.who, conflict)


def _behaviour(name: str | None) -> str:
    if name is not None and name not in _BEHAVIOURS:
        raise bad(f"'{name}' is not a conflict behavior.", "invalidRequest")
    return name or "replace"
