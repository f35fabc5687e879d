"""The clients: a closed loop of signed `help` messages over kept connections, by hand."""

import asyncio
import itertools
import json
import sys
import time
from pathlib import Path

import jwt

from tests.benchmarks.turns.settings import APP_ID, Bench, say
from tests.fakes.activities import ANA, PERSONAL, message

_numbers = itertools.count(time.time_ns())


def token(folder, service_url, number):
    """Sign a token; each client has its own."""
    now = int(time.time())
    payload = {
        "iss": "https://api.botframework.com",
        "aud": APP_ID,
        "serviceurl": service_url,
        "nbf": now - 300 - number,
        "exp": now + 3600,
    }
    key = (Path(folder) / "channel.pem").read_text()
    return jwt.encode(payload, key, algorithm="RS256", headers={"kid": "k1"})


class Client:
    """One connection that says help, waits for the answer, and says it again."""

    def __init__(self, port, service_url, bearer, number):
        conversation = {**PERSONAL, "id": f"a:client{number}"}
        said = message(service_url, "help", conversation=conversation, sender=ANA, id="ACTIVITY")
        self._before, self._after = json.dumps(said).encode().split(b"ACTIVITY")
        self._head = (
            f"POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {bearer}\r\nContent-Type: application/json; charset=utf-8\r\n"
        ).encode()
        self._port = port
        self.times = []

    async def run(self, until):
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while time.perf_counter() < until:
            body = self._before + str(next(_numbers)).encode() + self._after
            begun = time.perf_counter()
            writer.write(self._head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            if head.split(b" ", 2)[1] not in (b"200", b"201"):
                raise RuntimeError(head.decode())
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            if length and int(length):
                await reader.readexactly(int(length))
            self.times.append(time.perf_counter() - begun)
        writer.close()


async def main():
    port, clients, seconds, folder, argument = sys.argv[1:]
    bench = Bench.from_argument(argument)
    crowd = [
        Client(int(port), bench.service_url, token(folder, bench.service_url, n), n)
        for n in range(int(clients))
    ]
    begun = time.perf_counter()
    await asyncio.gather(*(client.run(begun + float(seconds)) for client in crowd))
    took = time.perf_counter() - begun
    times = sorted(itertools.chain.from_iterable(client.times for client in crowd))
    say(
        turns=len(times),
        seconds=took,
        p50=times[len(times) // 2] * 1000,
        p99=times[int(len(times) * 0.99)] * 1000,
    )


if __name__ == "__main__":
    asyncio.run(main())
