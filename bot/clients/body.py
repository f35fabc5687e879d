"""Read what an answer holds, unpacked, and never more than a limit: a packed bomb is cut."""

import zlib

import aiohttp

from storage.errors import RemoteError

_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 47}


async def read_body(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    """Give the first `limit` bytes, and whether there was more.

    The session must not unpack by itself. Errors: RemoteError when what is packed is broken, or
    packed in a way we did not ask for.
    """
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        try:
            body += unpack(chunk, limit + 1 - len(body))
        except zlib.error as error:
            raise RemoteError("The answer is packed in a broken way.", retryable=False) from error
        if len(body) > limit:
            return bytes(body[:limit]), True
    return bytes(body), False


class _Plain:
    def __call__(self, chunk: bytes, _room: int) -> bytes:
        return chunk


class _Zipped:
    def __init__(self, window: int) -> None:
        self._zip = zlib.decompressobj(window)

    def __call__(self, chunk: bytes, room: int) -> bytes:
        return self._zip.decompress(chunk, room)


def _unpacker(encoding: str) -> "_Plain | _Zipped":
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding not in _WINDOW:
        raise RemoteError("The answer is packed in a way I can't read.", retryable=False)
    return _Zipped(_WINDOW[encoding])
