"""Every secret of a running bot, and a search for them that no encoding escapes."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bot.local.mongod import find_mongod

_LONG_ENOUGH = 12


def forms(secret):
    """Give the bytes a secret may be found as: itself, quoted, in hex, in base64 at any place."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    found = {raw, quote(raw).encode(), binascii.hexlify(raw), binascii.hexlify(raw).upper()}
    found.add(json.dumps(raw.decode("latin-1"))[1:-1].encode())
    for shift in range(3):
        # What stands before it moves the groups of base64; its ends depend on the neighbours.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(b"x" * shift + raw)[4:-4] if shift else encode(raw).rstrip(b"=")[:-4])
    return {form for form in found if len(form) >= _LONG_ENOUGH}


@dataclass
class Secrets:
    """Named secrets, as they come up."""

    named: dict[str, str | bytes] = field(default_factory=dict)

    def note(self, name, *values):
        """Keep secrets of one kind."""
        for number, value in enumerate(values):
            assert len(value) >= _LONG_ENOUGH, name
            self.named[f"{name} {number}"] = value

    def found_in(self, content, *, but=()):
        """Name the secrets that stand in a text or in bytes, but those that belong there."""
        data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
        return sorted(
            name
            for name, secret in self.named.items()
            if not name.startswith(tuple(but) or ("\0",)) and any(f in data for f in forms(secret))
        )


class Recorded:
    """MSAL's way to Entra, with every form and address it sends kept as it was."""

    def __init__(self, http):
        self._http = http
        self.sent = []

    def get(self, url, **more):
        self.sent.append(f"{url} {more}")
        return self._http.get(url, **more)

    def post(self, url, **more):
        self.sent.append(f"{url} {more}")
        return self._http.post(url, **more)

    def close(self):
        self._http.close()


class Overheard:
    """The way to the bot, with every answer of the bot's kept."""

    def __init__(self, courier):
        self._courier = courier
        self._url = courier._url
        self.answers = []

    async def deliver(self, activity):
        answer = await self._courier.deliver(activity)
        self.answers.append(json.dumps(answer.body, default=str))
        return answer

    async def close(self):
        await self._courier.close()


def readable_mongod(folder):
    """Give a mongod that compresses nothing it writes: what is in its files can be searched."""
    options = (
        "--wiredTigerCollectionBlockCompressor none --wiredTigerJournalCompressor none "
        "--wiredTigerIndexPrefixCompression false"
    )
    script = Path(folder) / "mongod"
    script.write_text(f'#!/bin/sh\nexec "{find_mongod()}" "$@" {options}\n')
    script.chmod(0o700)
    return script


def files_with(secrets, folder, *, but=()):
    """Name the files of a stopped server and the secrets found in them."""
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    found = {
        path.name: secrets.found_in(path.read_bytes().rstrip(b"\0"), but=but) for path in files
    }
    return {name: names for name, names in found.items() if names}


def flow_of(address):
    """Give the state and nonce of a visit to Entra."""
    return re.findall(r"[?&](?:state|nonce)=([^&]+)", address)
