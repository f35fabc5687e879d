"""Files in the person's OneDrive and in a channel's folder."""

from typing import Any, Literal
from urllib.parse import quote

from bot.clients.graph import calls
from bot.clients.graph.calls import Call
from bot.clients.graph.exchange import Request
from bot.clients.graph.part import Part, segment, words
from bot.clients.graph.records import DriveFile
from storage.errors import GraphError

Conflict = Literal["replace", "rename", "fail"]

_MOST_AT_ONCE = 4 * 1024 * 1024
_OUT_OF_STEP = (404, 409, 416)
_CHUNK = 10 * 320 * 1024  # a multiple of 320 KiB, as upload sessions ask for


class Files(Part):
    """Files."""

    async def put_file(
        self, path: str, content: bytes, conflict: Conflict = "replace"
    ) -> DriveFile:
        """Write a file below the root of the person's OneDrive, its folders made on the way.

        Up to 4 MB in one piece, beyond that in pieces. `path` is as people read it.
        Errors: GraphError. Source: PUT content and createUploadSession; needs Files.ReadWrite.
        """
        address = f"/me/drive/root:/{quote(path)}:"
        return await self._put(calls.PUT_FILE, calls.START_UPLOAD, address, content, conflict)

    async def put_channel_file(
        self, team_id: str, channel_id: str, name: str, content: bytes
    ) -> DriveFile:
        """Write a file into a channel's folder, over one of the same name.

        Source: GET filesFolder, then as put_file; needs Files.Read.All and Files.ReadWrite.
        """
        path = f"/teams/{segment(team_id)}/channels/{segment(channel_id)}/filesFolder"
        folder = await self._line.ask(calls.FILES_FOLDER, path)
        parent = folder.get("parentReference")
        drive = words(parent, "driveId") if isinstance(parent, dict) else ""
        item = words(folder, "id")
        if not drive or not item:
            raise GraphError("I can't find the channel's files. Choose another.", status=200)
        address = f"/drives/{segment(drive)}/items/{segment(item)}:/{segment(name)}:"
        return await self._put(
            calls.PUT_CHANNEL_FILE, calls.START_CHANNEL_UPLOAD, address, content, "replace"
        )

    async def _put(
        self, put: Call, start: Call, address: str, content: bytes, conflict: Conflict
    ) -> DriveFile:
        # A plain PUT replaces; only a session can be told otherwise.
        if len(content) <= _MOST_AT_ONCE and conflict == "replace":
            request = Request(
                "PUT",
                self._line.address(f"{address}/content"),
                {"Content-Type": "application/octet-stream"},
                content,
            )
            return _file(await self._line.send(put, request))
        again = conflict == "replace"
        while True:
            body = {"item": {"@microsoft.graph.conflictBehavior": conflict}}
            session = await self._line.ask(start, f"{address}/createUploadSession", body=body)
            try:
                return _file(await self._in_pieces(words(session, "uploadUrl"), content))
            except GraphError as error:
                # A piece whose answer was lost cannot be sent twice: the session is out of step.
                if not again or error.status not in _OUT_OF_STEP:
                    raise
            again = False

    async def _in_pieces(self, told: str, content: bytes) -> dict[str, Any]:
        """Send the pieces one after the other; the last answer is the file."""
        url = self._line.upload_address(told)
        answer: dict[str, Any] = {}
        for first in range(0, len(content), _CHUNK):
            piece = content[first : first + _CHUNK]
            last = first + len(piece) - 1
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Range": f"bytes {first}-{last}/{len(content)}",
            }
            # The address is the right itself: our token stays at home.
            request = Request("PUT", url, headers, piece, bearer=False)
            answer = await self._line.send(calls.PUT_CHUNK, request)
        return answer


def _file(found: dict[str, Any]) -> DriveFile:
    if not words(found, "id"):
        raise GraphError("Microsoft 365 did not say where the file is. Retry.", status=200)
    return DriveFile(words(found, "id"), words(found, "name"), words(found, "webUrl"))
