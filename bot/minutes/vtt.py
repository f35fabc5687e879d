"""WebVTT in, speech out: who said what, when.

Follows the W3C parser for files, and is lenient in three ways Teams needs: time codes such as
`0:0:5.32` (only where the file's first one is written so), the form without speakers that has no
signature and a blank line after each time code, and the form whose text is one JSON object a cue.
Source: W3C WebVTT, section 6; Microsoft Graph, callTranscript: get content and metadataContent.
"""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from storage.errors import RefusedError

_STRICT = r"(?:(\d{1,9}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_LOOSE = r"-?(\d{1,6}):([0-5]?\d):([0-5]?\d)(?:\.(\d{1,9}))?"
_BLANK = r"[ \t\f]*"
_TIMINGS = re.compile(rf"{_BLANK}{_STRICT}{_BLANK}-->{_BLANK}{_STRICT}(?![\d:.])")
_LOOSE_TIMINGS = re.compile(rf"{_BLANK}{_LOOSE}{_BLANK}-->{_BLANK}{_LOOSE}(?=\s|\Z)")
_TOKEN = re.compile(r"<([^>]*)(>|\Z)")
_ENTITY = re.compile(r"&(?:#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z]{1,31};)")
_SPACES = re.compile(r"\s+")
_PEEK_CHARS = 4096
_NOT_ONE = "That is not a WebVTT transcript. Send the .vtt file Teams made, or paste the notes."


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue as the file holds it. Seconds from the start; `text` with its tags."""

    id: str
    starts_at_seconds: float
    ends_at_seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one person said in one go. `speaker` is None where the transcript names nobody."""

    speaker: str | None
    text: str


def looks_like_vtt(text: str) -> bool:
    """Say whether a text is a transcript: a signature, or a time code on its first line."""
    head = text[:_PEEK_CHARS].removeprefix("\ufeff").lstrip()
    first = head.split("\n", 1)[0].replace("\x00", "\ufffd").rstrip("\r")
    return _signed(first) or _LOOSE_TIMINGS.match(first) is not None


def read_transcript(text: str) -> list[Spoken]:
    """Give what was said in order, with consecutive cues of one speaker joined.

    Errors: RefusedError when the text is no transcript, or nobody says anything in it.
    """
    spoken: list[tuple[str | None, list[str]]] = []
    for cue in parse_cues(text):
        for speaker, words in _voices(cue.text):
            if spoken and spoken[-1][0] == speaker:
                spoken[-1][1].append(words)
            else:
                spoken.append((speaker, [words]))
    if not spoken:
        raise RefusedError("Nobody says anything in that transcript. Paste the notes instead.")
    return [Spoken(speaker, " ".join(words)) for speaker, words in spoken]


def parse_cues(text: str) -> list[Cue]:
    """Read every cue that stands in the file; what is malformed is left out, as browsers do.

    Errors: RefusedError when the text is no transcript at all.
    """
    lines = _lines(text)
    signed = bool(lines) and _signed(lines[0])
    if not signed and not looks_like_vtt(text):
        raise RefusedError(_NOT_ONE)
    timings = _timings_of(lines)
    start = _after_header(lines) if signed else 0
    return list(_cues(lines, start, timings, skip_blank=not signed))


def _lines(text: str) -> list[str]:
    text = text.removeprefix("\ufeff").replace("\x00", "\ufffd")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _signed(line: str) -> bool:
    return line == "WEBVTT" or line.startswith(("WEBVTT ", "WEBVTT\t"))


def _timings_of(lines: list[str]) -> re.Pattern[str]:
    """Choose how strictly time codes are read: as the first one in the file is written."""
    for line in lines:
        if _TIMINGS.match(line):
            return _TIMINGS
        if _LOOSE_TIMINGS.match(line):
            return _LOOSE_TIMINGS
    return _TIMINGS


def _after_header(lines: list[str]) -> int:
    """Skip the signature's block; a time code in it begins the cues already."""
    for index, line in enumerate(lines[1:], start=1):
        if line == "" or "-->" in line:
            return index
    return len(lines)


def _cues(
    lines: list[str], start: int, timings: re.Pattern[str], *, skip_blank: bool
) -> Iterator[Cue]:
    index, previous = start, ""
    while index < len(lines):
        line = lines[index]
        index += 1
        if "-->" not in line:
            previous = line
            continue
        found = timings.match(line)
        name, previous = ("" if "-->" in previous else previous), line
        if found is None:
            index = _end_of_block(lines, index)
            continue
        if skip_blank and index < len(lines) and not lines[index].strip():
            index += 1
        end = _end_of_block(lines, index)
        body = "\n".join(lines[index:end])
        yield Cue(name, _seconds(found.groups()[:4]), _seconds(found.groups()[4:]), body)
        index, previous = end, ""


def _end_of_block(lines: list[str], index: int) -> int:
    while index < len(lines) and lines[index] != "" and "-->" not in lines[index]:
        index += 1
    return index


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + float(f"0.{fraction or 0}")


def _voices(text: str) -> Iterator[tuple[str | None, str]]:
    """Cut a cue's text where the voice changes; entities are read, other tags dropped."""
    told = _told_in_json(text)
    if told is not None:
        yield told
        return
    for speaker, part in _pieces(text):
        words = _SPACES.sub(" ", part).strip()
        if words:
            yield speaker, words


def _pieces(text: str) -> Iterator[tuple[str | None, str]]:
    speaker: str | None = None
    said: list[str] = []
    at = 0
    for tag in _TOKEN.finditer(text):
        said.append(unescape(text[at : tag.start()]))
        at = tag.end()
        name, _, annotation = tag[1].replace("\n", " ").replace("\t", " ").partition(" ")
        if name.split(".")[0] in ("v", "/v"):
            yield speaker, "".join(said)
            said = []
            speaker = _SPACES.sub(" ", unescape(annotation)).strip() or None
    said.append(unescape(text[at:]))
    yield speaker, "".join(said)


def plain_text(text: str) -> str:
    """Give a cue's text without its tags, entities read, blanks and line breaks kept."""
    return "".join(part for _, part in _pieces(text))


def unescape(text: str) -> str:
    """Read the character references of a cue; an ampersand that begins none stays."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def _told_in_json(text: str) -> tuple[str | None, str] | None:
    if not text.startswith("{"):
        return None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    words = told.get("spokenText") if isinstance(told, dict) else None
    if not isinstance(words, str) or not words.strip():
        return None
    name = told.get("speakerName")
    return (name.strip() or None) if isinstance(name, str) else None, words.strip()
