"""What a slot is: `{{ trigger.x }}`, `{{ steps.<id>.<path> }}`, `{{ data.<name> }}`. Pure.

A slot is one of three roots followed by names (letters, digits, `_`, `-`, `#`) or list indexes: a
path, no expression. Everything else in double braces is ordinary text, so other engines' templates
pass unharmed.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

ROOTS = ("trigger", "steps", "data")
# Bounded repeats: a text made of nothing but braces or blanks is still read in one pass.
PATH = r"(?:\.[\w#-]{1,128}){1,16}"
SLOT = re.compile(rf"\{{\{{[ \t]{{0,8}}((?:{'|'.join(ROOTS)}){PATH})[ \t]{{0,8}}\}}\}}")
_ADDRESS = re.compile(r"https?://[^\s]+", re.IGNORECASE)
NO_HOST = (
    "The host of a web address can't be filled in by a slot. Write the host out; "
    "slots may stand after it."
)


def slots_in(template: str) -> list[str]:
    """List the paths asked for in a text, in order."""
    return [match[1] for match in SLOT.finditer(template)]


def paths_in(value: Any) -> list[tuple[str, ...]]:
    """List the paths asked for in a text, or in settings however deep, in order and in parts."""
    return [tuple(path.split(".")) for text in texts(value) for path in slots_in(text)]


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Let the slots in settings read steps by other ids."""

    def rename(match: re.Match[str]) -> str:
        root, step, *rest = match[1].split(".")
        if root != "steps" or step not in names:
            return match[0]
        return match[0].replace(match[1], ".".join([root, names[step], *rest]))

    if isinstance(value, str):
        return SLOT.sub(rename, value)
    if isinstance(value, Mapping):
        return {name: renamed(inner, names) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(inner, names) for inner in value]
    return value


def is_address(template: str) -> bool:
    """Say whether a text is one web address, slots or not."""
    return _ADDRESS.fullmatch(SLOT.sub("x", template)) is not None


def slot_in_host(template: str) -> bool:
    """Say whether a web address leaves its host to a slot."""
    host = re.split(r"[/?#\\]", template.split("//", 1)[1], maxsplit=1)[0]
    return "{{" in host


def texts(value: Any) -> Iterator[str]:
    """Give every text in settings, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def unknown(path: str, known: list[str], reason: str | None = None) -> str:
    """Say that nothing fills a slot, why if there is a reason, and what there is instead."""
    full = [one for one in known if "." in one]
    close = get_close_matches(path, full, 2, 0.6)
    hint = f" Did you mean {_either(close)}?" if close else _others(full)
    if reason is not None:
        return f"{{{{ {path} }}}} can't be filled in here: {reason}.{hint}"
    return f"There is nothing called {{{{ {path} }}}} to fill in.{hint}"


def known_paths(scope: Mapping[str, Any], depth: int = 5) -> list[str]:
    """Name at most 200 paths of a scope, for a suggestion."""
    found: list[str] = []
    for name, value in islice(scope.items(), 200):
        part = str(name).replace(" ", "_")
        found.append(part)
        if isinstance(value, Mapping) and depth > 1:
            found += [f"{part}.{rest}" for rest in known_paths(value, depth - 1)]
    return found[:200]


def _others(paths: list[str]) -> str:
    leaves = [one for one in paths if not any(other.startswith(f"{one}.") for other in paths)]
    return f" There is {_either(leaves[:3])}." if leaves else ""


def _either(paths: list[str]) -> str:
    return " or ".join(f"{{{{ {path} }}}}" for path in paths)
