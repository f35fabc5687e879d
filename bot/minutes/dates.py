"""Days as people say them, resolved against the meeting's day by code, or left unresolved."""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_FRIDAY = 4
# A day without a year may have gone by this lately and still be the one that is meant.
_JUST_PAST = timedelta(days=31)

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\b\.?)"
)
_WEEKDAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?-i:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun)\b\.?)"
)
_YEAR = r"(?:(?:19|20)\d\d)"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_BEGINS, _ENDS = r"(?<![\w/.-])", r"(?![\w/]|-\d|\.\d)"
_EOD = r"(?:eod|eob|cob|(?:the\s)?(?:end|close)\sof\s(?:the\s|this\s)?(?:day|business))"
_AHEAD = (
    r"(?P<ahead>\d{1,2}|a|one|two|three|four|five|six|seven|eight|nine|ten)\s"
    r"(?P<unit>day|week)s?"
)
_PHRASE = re.compile(
    rf"""{_BEGINS}(?:{_EOD}(?:,?\s(?:on\s)?))?
    (?:(?:{_WEEKDAY},?\s(?:the\s)?)?(?:
        (?P<iso>{_YEAR}[-/]\d{{1,2}}[-/]\d{{1,2}})
      | (?P<month_first>{_MONTH}\s?{_NTH}(?:,?\s{_YEAR})?)
      | (?P<day_first>{_NTH}(?:\sof)?[\s-]{_MONTH}(?:,?[\s-]{_YEAR})?)
      | (?P<numeric>\d{{1,2}}(?P<mark>[/.-])\d{{1,2}}(?P=mark)(?:{_YEAR}|\d\d)
        |(?!24/7\b)\d{{1,2}}/\d{{1,2}})
      | (?<=the\s)(?P<nth>\d{{1,2}}(?:st|nd|rd|th))
      )(?:\s\({_WEEKDAY}\))?
      | (?P<weekday>(?:(?:this|next|coming|last)\s)?{_WEEKDAY})
        (?:\s(?:morning|afternoon|evening|night))?
      | (?P<overmorrow>(?:the\s)?day\safter\stomorrow)
      | (?P<tomorrow>tomorrow)(?:\s(?:morning|afternoon|evening|night))?
      | (?P<today>today|tonight|this\s(?:morning|afternoon|evening))
      | (?P<month_end>eom|(?:the\s)?end\sof\s(?:(?:the|this)\s)?(?:month|{_MONTH}))
      | (?P<next_week_end>(?:the\s)?end\sof\snext\sweek)
      | (?P<week_end>eow|(?:the\s)?end\sof\s(?:the\s|this\s)?week)
      | (?:in|within)\s{_AHEAD}
      | (?P<vague>(?:next|this|the\scoming)\s(?:week|month|quarter|year|sprint))
    ){_ENDS}
    | {_BEGINS}(?P<eod>{_EOD}){_ENDS}""",
    re.IGNORECASE | re.VERBOSE,
)
_DAY_FIRST = re.compile(
    r"(?<![\d/.-])(?:1[3-9]|2\d|3[01])([/.-])(?:0?[1-9]|1[0-2])\1(?:19|20)?\d\d"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A day said in `text[start:end]`; `day` is None when the words fit more than one day."""

    start: int
    end: int
    day: date | None
    exact: bool = False  # named with its month, not told relative to the meeting


@dataclass(frozen=True, slots=True)
class DayReader:
    """How the days in one set of notes are read: against which day, in which order of digits."""

    on: date
    day_first: bool = False

    def find(self, text: str) -> Iterator[Said]:
        """Give every day said in a text, in order."""
        for found in _PHRASE.finditer(text):
            kind = next(name for name in _READERS if found[name] is not None)
            day = _READERS[kind](self, found)
            yield Said(found.start(), found.end(), day, kind in _EXACT)

    def first_exact(self, text: str) -> Said | None:
        """Give the first day that is named with its month, or None."""
        return next((said for said in self.find(text) if said.exact and said.day), None)


def reads_day_first(text: str) -> bool:
    """Say whether a text holds a date in digits that only fits with the day before the month."""
    return _DAY_FIRST.search(text) is not None


def weekday_name(day: date) -> str:
    """Name a day of the week in English."""
    return calendar.day_name[day.weekday()]


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(on: date, month: int, day: int) -> date | None:
    """Choose the year of a day said without one: the first that is not long past."""
    for year in (on.year - 1, on.year, on.year + 1):
        found = _make(year, month, day) if 1 <= year <= date.max.year else None
        if found is not None and on - found <= _JUST_PAST:
            return found
    return None


def _later(on: date, days: int) -> date | None:
    try:
        return on + timedelta(days=days)
    except OverflowError:
        return None


def _iso(_: DayReader, found: re.Match[str]) -> date | None:
    year, month, day = re.split(r"[-/]", found["iso"])
    return _make(int(year), int(month), int(day))


def _named(words: str, reader: DayReader) -> date | None:
    month = next(
        number for number, name in enumerate(_MONTHS, start=1) if _holds_month(words, name)
    )
    numbers = [int(digits) for digits in re.findall(r"\d+", words)]
    day = next(number for number in numbers if number < 100)
    year = next((number for number in numbers if number >= 100), None)
    return _make(year, month, day) if year else _nearest(reader.on, month, day)


def _holds_month(words: str, name: str) -> bool:
    return re.search(rf"(?<![a-z]){name}", words.lower()) is not None


def _numeric(reader: DayReader, found: re.Match[str]) -> date | None:
    parts = [int(part) for part in re.split(r"[/.-]", found["numeric"])]
    month, day = parts[:2]
    if reader.day_first or month > 12 or found["mark"] == ".":
        month, day = day, month
    if len(parts) == 2:
        return _nearest(reader.on, month, day)
    return _make(parts[2] if parts[2] > 99 else 2000 + parts[2], month, day)


def _nth(reader: DayReader, found: re.Match[str]) -> date | None:
    day = int(found["nth"][:-2])
    for ahead in range(3):
        months = reader.on.month - 1 + ahead
        there = _make(reader.on.year + months // 12, months % 12 + 1, day)
        if there is not None and there >= reader.on:
            return there
    return None


def _weekday(reader: DayReader, found: re.Match[str]) -> date | None:
    words = found["weekday"].lower().split()
    ahead = (_WEEKDAYS.index(words[-1][:3]) - reader.on.weekday()) % 7
    if words[0] == "last":
        return None
    if words[0] != "next":
        return _later(reader.on, ahead)
    # "Next Friday" is two days to two people, unless this week's is over or today.
    coming = ahead or 7
    in_next_week = reader.on.weekday() + coming >= 7
    return _later(reader.on, coming) if in_next_week else None


def _month_end(reader: DayReader, found: re.Match[str]) -> date | None:
    words = found["month_end"].lower()
    month = next(
        (number for number, name in enumerate(_MONTHS, start=1) if _holds_month(words, name)),
        None,
    )
    if month is None:
        last = calendar.monthrange(reader.on.year, reader.on.month)[1]
        return _make(reader.on.year, reader.on.month, last)
    year = reader.on.year + (month < reader.on.month)
    return _make(year, month, calendar.monthrange(year, month)[1]) if year < 9999 else None


def _week_end(reader: DayReader, _: re.Match[str]) -> date | None:
    ahead = _FRIDAY - reader.on.weekday()
    return _later(reader.on, ahead) if ahead >= 0 else None


def _ahead(reader: DayReader, found: re.Match[str]) -> date | None:
    said = found["ahead"].lower()
    count = int(said) if said.isdigit() else max(1, _NUMBERS.index(said) if said != "a" else 1)
    return _later(reader.on, count * (7 if found["unit"].lower() == "week" else 1))


_READERS: dict[str, Callable[[DayReader, re.Match[str]], date | None]] = {
    "iso": _iso,
    "month_first": lambda reader, found: _named(found["month_first"], reader),
    "day_first": lambda reader, found: _named(found["day_first"], reader),
    "numeric": _numeric,
    "nth": _nth,
    "weekday": _weekday,
    "overmorrow": lambda reader, _: _later(reader.on, 2),
    "tomorrow": lambda reader, _: _later(reader.on, 1),
    "today": lambda reader, _: reader.on,
    "month_end": _month_end,
    "next_week_end": lambda reader, _: _later(reader.on, 7 - reader.on.weekday() + _FRIDAY),
    "week_end": _week_end,
    "ahead": _ahead,
    "vague": lambda *_: None,
    "eod": lambda reader, _: reader.on,
}
_EXACT = frozenset({"iso", "month_first", "day_first", "numeric"})
