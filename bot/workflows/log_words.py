"""What is typed after `logs`, read as a filter.

`[running|completed|failed] [today|yesterday|last N days|<date>..<date>] [workflow <x>]
[trigger <t>] ["text"] [page n]`, in any order; dates are days of the reader's zone.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.errors import RefusedError
from storage.models import LogFilter, RunStatus, TriggerName

_DAY = r"\d{4}-\d{2}-\d{2}"
_KEYWORD = r"running|completed|failed|today|yesterday|last|workflow|trigger|page"
_PAGE = re.compile(r"\bpage\s+(\d{1,9})\b", re.IGNORECASE)
_PARTS = (
    ("text", re.compile(r'["“]([^"”]{1,200})["”]')),
    ("page", _PAGE),
    ("last", re.compile(r"\blast\s+(\d{1,4})\s+days?\b", re.IGNORECASE)),
    ("between", re.compile(rf"\b({_DAY})\s*\.\.\s*({_DAY})\b")),
    ("trigger", re.compile(r"\btrigger\s+(\S+)", re.IGNORECASE)),
    ("workflow", re.compile(rf"\bworkflow\s+(.+?)(?=\s+(?:{_KEYWORD})\b|$)", re.IGNORECASE)),
    ("day", re.compile(r"\b(today|yesterday)\b", re.IGNORECASE)),
    ("status", re.compile(r"\b(running|completed|failed)\b", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class LogWords:
    """A filter and the page that was asked for."""

    wanted: LogFilter
    page: int = 1
    bare: str = ""  # the words without the page: what the next page is asked with


def read_log_words(words: str, *, now: datetime, zone: str) -> LogWords:
    """Read the words after `logs`.

    Errors: RefusedError naming what was not understood, with the forms that are.
    """
    found, rest = _take_apart(words)
    if rest:
        raise RefusedError(
            f'I don\'t understand "{rest}" there. Try: logs failed last 7 days. Or: logs workflow '
            'Weekly page 2. Or: logs "some text".'
        )
    wanted = LogFilter(
        status=RunStatus(found["status"][0].lower()) if "status" in found else None,
        trigger=_trigger(found["trigger"][0]) if "trigger" in found else None,
        workflow_name=found["workflow"][0].strip(' "“”') if "workflow" in found else None,
        text=found["text"][0] if "text" in found else None,
    )
    page = int(found["page"][0]) if "page" in found else 1
    bare = " ".join(_PAGE.sub(" ", words).split())
    return LogWords(_within(wanted, found, now, ZoneInfo(zone)), max(1, page), bare)


def _take_apart(words: str) -> tuple[dict[str, tuple[str, ...]], str]:
    found: dict[str, tuple[str, ...]] = {}
    for name, pattern in _PARTS:
        match = pattern.search(words)
        if match and not (name == "text" and _names_workflow(words, match)):
            found[name] = match.groups()
            words = f"{words[: match.start()]} {words[match.end() :]}"
    return found, " ".join(words.split())


def _names_workflow(words: str, match: re.Match[str]) -> bool:
    return bool(re.search(r"\bworkflow\s+$", words[: match.start()], re.IGNORECASE))


def _trigger(word: str) -> TriggerName:
    try:
        return TriggerName(word.lower())
    except ValueError:
        known = ", ".join(TriggerName)
        raise RefusedError(f'There is no trigger "{word}". There are {known}.') from None


def _within(
    wanted: LogFilter, found: dict[str, tuple[str, ...]], now: datetime, zone: ZoneInfo
) -> LogFilter:
    today = now.astimezone(zone).date()
    if "day" in found:
        first = today if found["day"][0].lower() == "today" else today - timedelta(days=1)
        return _days(wanted, first, first, zone)
    if "last" in found:
        return _days(wanted, today - timedelta(days=int(found["last"][0]) - 1), today, zone)
    if "between" in found:
        first, last = (_date(text) for text in found["between"])
        return _days(wanted, min(first, last), max(first, last), zone)
    return wanted


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError(f"{text} is not a date. Write it like 2026-03-04.") from None


def _days(wanted: LogFilter, first: date, last: date, zone: ZoneInfo) -> LogFilter:
    since = datetime.combine(first, time.min, zone)
    until = datetime.combine(last + timedelta(days=1), time.min, zone)
    return replace(wanted, since=since, until=until)
