"""Bodies that come compressed: unpacked as far as we would read them, and no further.

The HTTP server would unpack all of what it is sent, also what nobody reads any more: 50 KB can be
50 MB, and the event loop stands still meanwhile.
"""

import zlib

from bot.teams.payload import MalformedError

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # as zlib takes the two formats


def unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """Give what a body holds; of more than `most` bytes, one more than that.

    Errors: MalformedError for an encoding we do not know, and for what is not what it says.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in _WINDOWS:
        raise MalformedError("packed in a way we do not know")
    unpacker = zlib.decompressobj(_WINDOWS[encoding])
    try:
        content = unpacker.decompress(body, most + 1)
    except zlib.error as error:
        raise MalformedError("not what its encoding says") from error
    if len(content) <= most and (not unpacker.eof or unpacker.unused_data):
        raise MalformedError("not whole, or more than one")
    return content
