"""What a deck says, slide by slide: minutes or notes in, pages out; no file format here.

Everything fits: a page holds so many lines, a long part goes on over several pages, and where the
pages allowed are fewer, parts are set smaller, then share pages, then end in "and n more".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.minutes.measure import parts_of, shorten, wrapped

# What fits on a 13.3 x 7.5 inch slide at 20 and at 14 points.
COMFORTABLE_LINES, COMFORTABLE_WIDTH = 11, 78
DENSE_LINES, DENSE_WIDTH = 17, 112
_TABLE_SHARE = (0.56, 0.22, 0.18)  # of the width, less the cells' margins
_LONGEST_CELL = 240


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a page: a bullet, or a heading within the page."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the deck. With `header` it is a table of rows, otherwise lines."""

    title: str
    units: tuple[Line | Row, ...]
    header: tuple[str, ...] = ()
    joined: bool = False  # of several, each under its own heading


@dataclass(frozen=True, slots=True)
class Page:
    """One slide after the first."""

    title: str
    units: tuple[Line | Row, ...]
    header: tuple[str, ...] = ()
    dense: bool = False


def digest(sections: Sequence[Section], lines: int) -> list[str]:
    """Give the first lines of what there is to say, for a deck that has one slide only."""
    said = [
        f"{section.title}: {line.text}"
        for section in sections
        for line in _as_lines(section)[1:]
        if not line.heading
    ]
    more = len(said) - lines
    return said if more <= 0 else [*said[: lines - 1], f"… and {more + 1} more in the minutes"]


def paginate(sections: Sequence[Section], room: int) -> list[Page]:
    """Lay sections out on at most `room` pages, in their order; [] only for no sections."""
    sections = [_with_short_units(section) for section in sections if section.units]
    if not sections or room < 1:
        return []
    for dense in (False, True):
        pages = [page for section in sections for page in _pages(section, dense=dense)]
        if len(pages) <= room:
            return pages
    if len(sections) > room:
        sections = _merged(_trimmed(sections, room * DENSE_LINES - len(sections)), room)
    return _squeezed(sections, room)


def _squeezed(sections: Sequence[Section], room: int) -> list[Page]:
    """Give each section a page, the rest of the room to the longest, and cut what is over."""
    needs = [len(_pages(section, dense=True)) for section in sections]
    shares = [1] * len(sections)
    for _page in range(room - len(sections)):
        lacking = [need - share for need, share in zip(needs, shares, strict=True)]
        if max(lacking) > 0:
            shares[lacking.index(max(lacking))] += 1
    return [
        page
        for section, share in zip(sections, shares, strict=True)
        for page in _cut(section, share)
    ]


def _trimmed(sections: Sequence[Section], lines: float) -> list[Section]:
    """Keep short sections whole and cut long ones alike, so that each has its say."""
    weights = [_weight([section]) for section in sections]
    shortest_first = sorted(range(len(sections)), key=weights.__getitem__)
    trimmed = list(sections)
    for place, which in enumerate(shortest_first):
        quota = max(lines / (len(sections) - place), 2.0)
        if weights[which] > quota:
            trimmed[which] = _shortened(sections[which], quota)
        lines -= min(weights[which], quota)
    return trimmed


def _shortened(section: Section, quota: float) -> Section:
    kept = 0
    for unit in section.units:
        quota -= weigh(unit, dense=True)
        if quota < 1:
            break
        kept += 1
    kept = max(kept, 1)
    left_out = len(section.units) - kept
    more = (_more(section, left_out),) if left_out else ()
    return replace(section, units=(*section.units[:kept], *more))


def _more(section: Section, left_out: int) -> Line | Row:
    text = f"… and {left_out} more in the minutes"
    text = "… the rest is in the minutes" if section.joined else text
    return Row((text, *[""] * (len(section.header) - 1))) if section.header else Line(text)


def _merged(sections: Sequence[Section], room: int) -> list[Section]:
    """Join neighbours that are lines, shortest first, then tables too, until each has a page."""
    merged = list(sections)
    while len(merged) > room:
        places = range(len(merged) - 1)
        lists = [
            place for place in places if not (merged[place].header or merged[place + 1].header)
        ]
        best = min(lists or places, key=lambda place: _weight(merged[place : place + 2]))
        merged[best : best + 2] = [_joined(merged[best], merged[best + 1])]
    return merged


def _joined(first: Section, second: Section) -> Section:
    title = f"{first.title} and {second.title.lower()}"
    if first.joined or second.joined:
        title = f"{first.title.split(' and ')[0]} and more"
    return Section(title, (*_as_lines(first), *_as_lines(second)), joined=True)


def _as_lines(section: Section) -> list[Line]:
    lines = [
        unit if isinstance(unit, Line) else Line(" · ".join(cell for cell in unit.cells if cell))
        for unit in section.units
    ]
    return lines if section.joined else [Line(section.title, heading=True), *lines]


def _cut(section: Section, share: int) -> list[Page]:
    for dense in (False, True):
        pages = _pages(section, dense=dense)
        if len(pages) <= share:
            return pages
    kept, last = pages[: share - 1], pages[share - 1]
    left_out = sum(len(page.units) for page in pages[share:]) + 1
    return [*kept, replace(last, units=(*last.units[:-1], _more(section, left_out)))]


def _pages(section: Section, *, dense: bool) -> list[Page]:
    most = (DENSE_LINES if dense else COMFORTABLE_LINES) - bool(section.header)
    groups: list[list[Line | Row]] = [[]]
    used = 0.0
    for unit in section.units:
        weight = weigh(unit, dense=dense)
        if groups[-1] and used + weight > most:
            # A heading left alone at the foot goes over with what it heads.
            last = groups[-1][-1]
            alone = isinstance(last, Line) and last.heading and len(groups[-1]) > 1
            groups.append([groups[-1].pop()] if alone else [])
            used = sum(weigh(moved, dense=dense) for moved in groups[-1])
        groups[-1].append(unit)
        used += weight
    return [
        Page(_numbered(section.title, place), tuple(group), section.header, dense)
        for place, group in enumerate(groups)
    ]


def _numbered(title: str, place: int) -> str:
    return title if place == 0 else f"{title} ({place + 1})"


def weigh(unit: Line | Row, *, dense: bool) -> float:
    """Tell how many lines of a page a unit takes."""
    width = DENSE_WIDTH if dense else COMFORTABLE_WIDTH
    if isinstance(unit, Line):
        return float(wrapped(unit.text, width))
    shares = zip(unit.cells, _TABLE_SHARE, strict=False)
    # A table is set a size smaller than text, and its rows have margins.
    return max(wrapped(cell, int(width * share * 1.15)) for cell, share in shares) * 0.62 + 0.45


def _weight(sections: Iterable[Section]) -> float:
    return sum(weigh(unit, dense=True) for section in sections for unit in section.units)


def _with_short_units(section: Section) -> Section:
    units: list[Line | Row] = []
    for unit in section.units:
        if isinstance(unit, Row):
            units.append(Row(tuple(shorten(cell, _LONGEST_CELL) for cell in unit.cells)))
        else:
            units += [
                Line(part, unit.heading) for part in parts_of(unit.text, COMFORTABLE_WIDTH * 8)
            ]
    return replace(section, units=tuple(units))
