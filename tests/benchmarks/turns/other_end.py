"""The other end: a Bot Connector that does next to nothing, a key server, and Entra's stand-in."""

import asyncio
import datetime as dt
import ipaddress
import re
import ssl
import sys
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.benchmarks.turns.settings import say
from tests.fakes.keys import KeyServer, private_key

_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")
_MEMBER = b'{"id":"29:x","name":"Ana Lima","email":"ana@contoso.com"}'


class Connector(asyncio.Protocol):
    """Answers every POST with an id, by hand: it must cost little beside what is measured.

    It counts messages and their bytes; GET /count tells them.
    """

    messages = 0
    size = 0

    def connection_made(self, transport):
        self._transport = transport
        self._buffer = b""

    def data_received(self, data):
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < size:
                return
            body = self._answer(size - end - 4)
            self._buffer = self._buffer[size:]
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )

    def _answer(self, size):
        if self._buffer.startswith(b"GET /count"):
            return b'{"messages":%d,"size":%d}' % (Connector.messages, Connector.size)
        if self._buffer.startswith(b"GET"):
            return _MEMBER
        Connector.messages += 1
        Connector.size += size
        return b'{"id":"1700000000001"}'


def certificate(path):
    """Write a certificate for 127.0.0.1 that is its own authority."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    key = private_key("sts")
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (path / "ca.pem").write_bytes(pem)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (path / "sts.pem").write_bytes(secret + pem)


async def sts(folder):
    """Serve a token endpoint over TLS, as MSAL wants it."""
    certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "sts.pem")
    app = web.Application()

    async def discovery(request):
        base = f"https://{request.host}/adfs"
        return web.json_response(
            {
                "issuer": base,
                "token_endpoint": f"{base}/oauth2/token",
                "authorization_endpoint": f"{base}/oauth2/authorize",
            }
        )

    async def token(_request):
        return web.json_response(
            {"token_type": "Bearer", "expires_in": 3600, "access_token": "bot-token"}
        )

    app.router.add_get("/adfs/.well-known/openid-configuration", discovery)
    app.router.add_post("/adfs/oauth2/token", token)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return f"https://127.0.0.1:{runner.addresses[0][1]}/adfs"


def keep_channel_key(folder):
    """Put the key that signs activities where whoever sends them finds it."""
    pem = private_key("k1").private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "channel.pem").write_bytes(pem)


async def main():
    folder = Path(sys.argv[1])
    server = await asyncio.get_running_loop().create_server(Connector, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with KeyServer("k1") as keys:
        keep_channel_key(folder)
        say(
            connector_url=f"http://127.0.0.1:{port}",
            open_id_url=keys.open_id_url,
            sts_url=await sts(folder),
        )
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
