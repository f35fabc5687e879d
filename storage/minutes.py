"""Minutes of a meeting as a noun: structured first, every text is rendered from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody the notes name as present. The address only when the notes hold it."""

    name: str
    role: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class ActionItem:
    """Something somebody is to do. `assignee` and `due` only when the notes say so."""

    task: str
    assignee: str | None = None  # None is shown as Unassigned
    due: date | None = None  # None is shown as TBD
    quote: str = ""  # the source's own words


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that was decided, by whom where the notes say so."""

    text: str
    owner: str | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class NextMeeting:
    """When and where the talk goes on. `starts_at` is naive local time of `zone`."""

    title: str | None = None
    starts_at: datetime | None = None
    zone: str | None = None
    location: str | None = None
    attendees: tuple[str, ...] = ()
    said: str = ""  # the source's own words, for what could not be resolved
    day: date | None = None  # set too where no time of day is said and starts_at is None
    time_said: str = ""  # the time as written: `2:00 PM IST`
    agenda: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Minutes:
    """What a meeting came to. Times are naive local times of `zone` (IANA), None when not said."""

    title: str
    day: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    zone: str | None = None
    time_said: str = ""  # the times as written, with a zone no IANA name could be given to
    location: str | None = None
    attendees: tuple[Attendee, ...] = ()
    agenda: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    overview: str = ""  # one paragraph, at most 80 words
    discussion: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # speaker -> points
    action_items: tuple[ActionItem, ...] = ()
    decisions: tuple[Decision, ...] = ()
    next_meeting: NextMeeting | None = None
    progress: tuple[str, ...] = ()  # Project Progress Report
    issues: tuple[str, ...] = ()  # Confirmation of Issues/To Do Status
    other: tuple[str, ...] = ()  # Other Contact Items
    made_by: str = "rules"  # "rules" or the model that wrote them
