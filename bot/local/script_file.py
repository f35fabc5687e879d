'''The file a conversation is played from.

# A line that starts with # is a remark.
Asha: minutes
    Acme Rollout Weekly
    Asha: We should freeze scope.      (indented lines belong to what is said)
Asha: """
minutes
Notes as they were pasted, to the closing quotes.
"""
Ben@channel: run weekly minutes        (@group, @channel; without: the chat with the bot)
Asha presses "Run" with notes = Asha: hello
    title = Weekly                     (further inputs, one a line, indented)
Asha presses "Save"
wait for "completed"                   (until a chat shows it)
'''

import re
import textwrap
from dataclasses import dataclass, field

from bot.local.people import PEOPLE
from storage.errors import ConsultFlowError

_QUOTES = '"""'
_WHO = r"(?P<who>[A-Za-z]+)(?:@(?P<where>[\w-]+))?"
_SAYS = re.compile(_WHO + r":[ \t]?(?P<text>.*)", re.DOTALL)
_PRESSES = re.compile(
    _WHO + r'\s+presses\s+"(?P<button>[^"\n]+)"(?:\s+with\s+(?P<inputs>.*))?', re.DOTALL
)
_WAITS = re.compile(r'wait for\s+"(?P<text>[^"\n]+)"\s*')


class ScriptError(ConsultFlowError):
    """A script that cannot be read or did not go as it says; the message names the line."""


@dataclass(frozen=True, slots=True)
class Says:
    """Somebody says something."""

    line: int
    person: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Presses:
    """Somebody presses a button of the last card that has it."""

    line: int
    person: str
    where: str
    button: str
    inputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waits:
    """Nothing goes on until a chat shows this."""

    line: int
    text: str


Step = Says | Presses | Waits


def read_script(text: str) -> list[Step]:
    """Read the steps of a script.

    Errors: ScriptError naming the first line that makes no sense.
    """
    return [_step(number, block) for number, block in _blocks(text)]


def _blocks(text: str) -> list[tuple[int, str]]:
    """Cut the text into steps: a line, with the lines that belong to it."""
    blocks: list[tuple[int, list[str]]] = []
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        belongs = quoted or (line[:1] in (" ", "\t") and line.strip())
        if line.count(_QUOTES) % 2:
            quoted = not quoted
        if belongs and blocks:
            blocks[-1][1].append(line)
        elif line.strip() and not line.startswith("#"):
            blocks.append((number, [line]))
    if quoted:
        raise ScriptError(f'Line {blocks[-1][0]}: the quotes """ are never closed.')
    return [(number, "\n".join(lines)) for number, lines in blocks]


def _step(number: int, block: str) -> Step:
    if found := _WAITS.fullmatch(block):
        return Waits(number, found["text"])
    if found := _PRESSES.fullmatch(block):
        who, where = _who(number, found)
        return Presses(number, who, where, found["button"], _inputs(number, found["inputs"]))
    if found := _SAYS.fullmatch(block):
        return Says(number, *_who(number, found), _unwrap(found["text"]))
    raise ScriptError(
        f'Line {number}: write `Asha: text`, `Asha presses "Button"` or `wait for "text"`.'
    )


def _who(number: int, found: re.Match[str]) -> tuple[str, str]:
    person = found["who"].lower()
    if person not in PEOPLE:
        names = ", ".join(one.name.split()[0] for one in PEOPLE.values())
        raise ScriptError(f"Line {number}: nobody here is called {found['who']}. It knows {names}.")
    return person, found["where"] or "personal"


def _unwrap(text: str) -> str:
    """Take quotes or indentation off."""
    stripped = text.strip()
    if stripped.startswith(_QUOTES) and stripped.endswith(_QUOTES) and len(stripped) >= 6:
        return textwrap.dedent(stripped[3:-3].removeprefix("\n")).rstrip()
    first, newline, rest = text.partition("\n")
    return (first + newline + textwrap.dedent(rest)).strip("\n").rstrip()


def _inputs(number: int, text: str | None) -> dict[str, str]:
    inputs: dict[str, str] = {}
    quoted: list[str] = []
    for line in (text or "").split("\n"):
        if quoted or line.count(_QUOTES) % 2:
            quoted.append(line)
            if len(quoted) == 1 or _QUOTES not in line:
                continue
            line, quoted = "\n".join(quoted), []  # noqa: PLW2901  the whole block is one input
        name, sign, value = line.partition("=")
        if line.strip() and not sign:
            raise ScriptError(f"Line {number}: write inputs as `name = value`.")
        if sign:
            inputs[name.strip()] = _unwrap(value.lstrip(" "))
    return inputs
