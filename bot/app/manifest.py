"""`consultflow manifest`: the app package for Teams, of manifest/ and of what the bot answers to.

Source: Microsoft Teams app manifest 1.29; "Teams app package" of the Teams documentation.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from bot.app.manifest_rules import COLOR, MANIFEST, OUTLINE, faults
from bot.local.atomic import replace_file
from bot.registry import collect
from bot.turn import Command
from storage.errors import SettingsError

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label holds a letter: an IP address is no host name.
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")
_HOST_MOST = 253
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_RELEASE = re.compile(r"\d+\.\d+\.\d+")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can name: the same bytes on any day


def write_package(domain: str, app_id: str, out: Path, say: Callable[[str], None]) -> int:
    """Write the app package and say what is in it.

    Errors: SettingsError for a domain or an id that cannot be used, or a place to write that is
    none.
    """
    version = _release()
    commands = collect("bot.handlers", Command)
    content = make_package(domain, app_id, version=version, commands=commands)
    try:
        replace_file(out, content)
    except OSError as error:
        raise SettingsError(f"I can't write {out}: {error.strerror or error}.") from error
    say(f"Wrote {out}: ConsultFlow {version} for {domain.lower()}.")
    say("Upload it in the Teams admin center, under Teams apps > Manage apps.")
    return 0


def make_package(domain: str, app_id: str, *, version: str, commands: Sequence[Command]) -> bytes:
    """Make the package: a zip of the manifest and both icons, the same bytes for the same input.

    `version` is three numbers; the menus list the commands there are, in the template's order.
    Errors: SettingsError for a domain or an id that cannot be used, and for a package that Teams
    would refuse, naming every fault.
    """
    given = {"domain": host_name(domain), "app_id": guid(app_id), "version": version}
    home = _home()
    manifest = _filled(json.loads((home / MANIFEST).read_text(encoding="utf-8")), given)
    spoken = {one.words[0]: one for one in commands}
    for menu in manifest["bots"][0]["commandLists"]:
        menu["commands"] = _menu(menu["commands"], spoken)
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    icons = {name: (home / name).read_bytes() for name in (COLOR, OUTLINE)}
    content = _zip({MANIFEST: text.encode(), **icons})
    found = faults(content)
    if found:
        raise SettingsError(f"Teams would refuse this app package. {' '.join(found)}")
    return content


def host_name(text: str) -> str:
    """Give a host name in lower case. Errors: SettingsError for anything more or less."""
    host = text.lower()
    if not text.isascii() or len(host) > _HOST_MOST or not _HOST.fullmatch(host):
        raise SettingsError(
            f"{text!r} is not a host name. --domain takes the bot's public name alone, such as "
            "bot.contoso.com: no https://, no port, no path, and xn-- for other letters."
        )
    return host


def guid(text: str) -> str:
    """Give a GUID in lower case. Errors: SettingsError for anything else."""
    found = text.lower()
    if not _GUID.fullmatch(found):
        raise SettingsError(
            f"{text!r} is not an application id. --app-id takes the Application (client) ID of "
            "the Entra app, such as 1b4e28ba-2fa1-11d2-883f-0016d3cca427."
        )
    return found


def _release() -> str:
    """Give the installed version's three numbers: Teams knows no other form."""
    try:
        found = _RELEASE.match(installed_version("consultflow"))
    except PackageNotFoundError as error:
        raise SettingsError(
            "consultflow is not installed here, so it has no version. Run `make setup`."
        ) from error
    return found[0] if found else "0.0.0"


def _home() -> Path:
    """Find the template: inside an installed package, beside it in a checkout."""
    inside = Path(__file__).parents[1] / "manifest"
    return inside if inside.is_dir() else inside.parents[1] / "manifest"


def _filled(value: Any, given: Mapping[str, str]) -> Any:
    """Put what was given in the place of every {{name}}, in one pass."""
    if isinstance(value, dict):
        return {key: _filled(one, given) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, given) for one in value]
    if isinstance(value, str):
        return re.sub(r"\{\{(\w+)\}\}", lambda slot: given[slot[1]], value)
    return value


def _menu(wanted: Sequence[str], spoken: Mapping[str, Command]) -> list[dict[str, str]]:
    """List the wanted words that somebody answers to today."""
    return [
        {"title": word, "description": spoken[word].summary} for word in wanted if word in spoken
    ]


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Pack the files. Stored, not deflated: how well zlib packs differs between machines."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # else it would tell on which system it was made
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()
