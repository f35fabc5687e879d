"""The network as a test sees it: names that resolve as told, sockets that are never dialled."""

import asyncio
import contextlib
import socket

from aiohttp.abc import AbstractResolver

PUBLIC = "93.184.215.14"
LOCAL_NAMES = ("localhost", "ip6-localhost", "ip6-loopback")


class StubResolver(AbstractResolver):
    """Answers from a table of lists, one list per asking, the last one for ever.

    An unknown name is read as the C library would (decimal, octal, shortened), or is public.
    """

    def __init__(self, table=None):
        self.table = {name: list(answers) for name, answers in (table or {}).items()}
        self.asked = []

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked.append(host)
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in self._addresses(host)
        ]

    def _addresses(self, host):
        if host in self.table:
            answers = self.table[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if host in LOCAL_NAMES:
            return ["127.0.0.1", "::1"]
        try:
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            return [PUBLIC]

    async def close(self):
        pass


class DialRecorder:
    """Stands for the socket factory: notes the address and refuses, so that nothing is dialled."""

    def __init__(self):
        self.dialled = []

    def __call__(self, address):
        self.dialled.append(address[4][0])
        raise ConnectionRefusedError(111, "recorded, not dialled")


class RawServer:
    """A TCP server on loopback that keeps the bytes it gets and answers with given bytes.

    `answer` None stays silent until the other side leaves.
    """

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"):
        self.answer = answer
        self.received = []
        self.connections = 0

    @property
    def origin(self):
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_exception):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = [
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ]
            self.received.append(head + (await reader.readexactly(length[0]) if length else b""))
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer)
                await writer.drain()
        writer.close()
