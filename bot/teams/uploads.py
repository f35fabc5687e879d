"""Bringing a file to where Teams said it may go: one PUT, to OneDrive's hosts, without a token."""

import io

import aiohttp
from yarl import URL

from bot.teams.hosts import HostList
from storage.errors import RefusedError, RemoteError

UPLOAD_SECONDS = 60.0
_TIMEOUT = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=5)
_WRITTEN = (200, 201)


class Uploads:
    """Puts files at addresses that are themselves the right to do so."""

    def __init__(self, session: aiohttp.ClientSession, hosts: HostList) -> None:
        self._session = session
        self._hosts = hosts

    def trusts(self, url: str) -> bool:
        """Say whether an address is one of those files live at."""
        return self._hosts.allows(url)

    async def put(self, url: str, content: bytes) -> None:
        """Put a whole file, in one piece.

        Errors: RefusedError for any other host, which is not dialled; RemoteError when the file
        did not get through, or nobody knows whether it did.
        Source: upload sessions of OneDrive: 200 or 201 once all of it is there.
        """
        if not self._hosts.allows(url):
            raise RefusedError("I won't put a file there: that is no address of OneDrive's.")
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"bytes 0-{len(content) - 1}/{len(content)}",
        }
        try:
            async with self._session.put(
                URL(url, encoded=True),  # it is signed: not a letter may change
                # In a form that leaves the loop free while it is written.
                data=io.BytesIO(content),
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
                middlewares=(_once,),
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise RemoteError("OneDrive did not answer.", retryable=True) from error
        if status not in _WRITTEN:
            raise RemoteError(f"OneDrive did not take it ({status}).", retryable=True)


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request one time: aiohttp itself sends a PUT again where the connection broke."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError("The connection broke.") from error
