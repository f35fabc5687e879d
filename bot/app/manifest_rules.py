"""What Teams asks of an app package, as far as it matters to ours. Pure.

Source: app manifest 1.29; "Create a commands menu" (ten commands a scope; titles of 32 and
descriptions of 128 characters are what a menu shows whole); "Teams app package" (icons).
"""

import io
import json
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

MANIFEST, COLOR, OUTLINE = "manifest.json", "color.png", "outline.png"
SIDES = {COLOR: 192, OUTLINE: 32}  # pixels, of a square
MOST_COMMANDS = 10

_LONGEST = {
    "developer.name": 32,
    "developer.websiteUrl": 2048,
    "developer.privacyUrl": 2048,
    "developer.termsOfUseUrl": 2048,
    "name.short": 30,
    "name.full": 100,
    "description.short": 80,
    "description.full": 4000,
    "webApplicationInfo.resource": 2048,
}
_LONGEST_TITLE, _LONGEST_DESCRIPTION = 32, 128
_GUIDS = ("id", "bots.0.botId", "webApplicationInfo.id")
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_RESOURCE = re.compile(r"api://([^/]+)/botid-(.+)")
_PNG = b"\x89PNG\r\n\x1a\n"


def faults(package: bytes) -> list[str]:
    """Say what is wrong with a finished package, one sentence each; nothing for a sound one."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        names = archive.namelist()
        if sorted(names) != sorted((MANIFEST, COLOR, OUTLINE)):
            return [f"It must hold {MANIFEST}, {COLOR} and {OUTLINE}, and nothing else."]
        files = {name: archive.read(name) for name in names}
    manifest = json.loads(files[MANIFEST])
    icons = (_icon(name, files[name]) for name in SIDES)
    return [*_texts(manifest), *_ids(manifest), *_menus(manifest), *filter(None, icons)]


def _texts(manifest: Mapping[str, Any]) -> Iterator[str]:
    for path, most in _LONGEST.items():
        text = _at(manifest, path)
        if not isinstance(text, str) or not text.strip():
            yield f"{path} is missing."
        elif len(text) > most:
            yield f"{path} has more than {most} characters."
        elif path.endswith("Url") and not text.startswith("https://"):
            yield f"{path} must begin with https://."
    if "{{" in json.dumps(manifest):
        yield "A placeholder was not filled."
    if not _VERSION.fullmatch(str(manifest.get("version"))):
        yield "version must be three numbers, such as 1.0.0."


def _ids(manifest: Mapping[str, Any]) -> Iterator[str]:
    ids = {path: str(_at(manifest, path)) for path in _GUIDS}
    yield from (f"{path} must be a GUID." for path, one in ids.items() if not _GUID.fullmatch(one))
    # Teams asks Entra for a token for this very address, and only for a domain the app names.
    resource = _RESOURCE.fullmatch(str(_at(manifest, "webApplicationInfo.resource")))
    domains = manifest.get("validDomains")
    if resource is None or resource[2] != ids["webApplicationInfo.id"]:
        yield "webApplicationInfo.resource must be api://<domain>/botid-<app id>."
    elif not isinstance(domains, list) or resource[1] not in domains:
        yield "validDomains must name the domain of webApplicationInfo.resource."


def _menus(manifest: Mapping[str, Any]) -> Iterator[str]:
    bot = _at(manifest, "bots.0")
    seen: list[str] = []
    for menu in bot["commandLists"]:
        seen += menu["scopes"]
        titles = [one["title"] for one in menu["commands"]]
        if not titles or len(titles) > MOST_COMMANDS or len(set(titles)) < len(titles):
            yield f"A menu must have one to {MOST_COMMANDS} commands, each once."
        for one in menu["commands"]:
            if not 0 < len(one["title"]) <= _LONGEST_TITLE:
                yield f"The command {one['title']!r} is longer than {_LONGEST_TITLE} characters."
            if not 0 < len(one["description"]) <= _LONGEST_DESCRIPTION:
                yield (
                    f"The description of {one['title']!r} must have "
                    f"1 to {_LONGEST_DESCRIPTION} characters."
                )
    if sorted(seen) != sorted(bot["scopes"]):
        yield "Every scope of the bot must have one menu."


def _icon(name: str, content: bytes) -> str | None:
    side = SIDES[name]
    # A PNG says its width and height in the 24 bytes it begins with.
    sound = content.startswith(_PNG) and content[12:16] == b"IHDR" and len(content) > 24
    if not sound or struct.unpack(">II", content[16:24]) != (side, side):
        return f"{name} must be a PNG of {side} by {side} pixels."
    return None


def _at(value: Any, path: str) -> Any:
    """Give what stands at a dotted path; None when nothing does."""
    for step in path.split("."):
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
