"""The words that head a part of somebody's notes, and what part they head."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """A part of a set of notes."""

    HEAD = "head"
    TITLE = "title"
    DATE = "date"
    TIME = "time"
    LOCATION = "location"
    ATTENDEES = "attendees"
    ABSENT = "absent"
    AGENDA = "agenda"
    MATERIALS = "materials"
    OVERVIEW = "overview"
    DISCUSSION = "discussion"
    ACTIONS = "actions"
    DECISIONS = "decisions"
    NEXT = "next"
    PROGRESS = "progress"
    ISSUES = "issues"
    OTHER = "other"
    IGNORED = "ignored"
    UNKNOWN = "unknown"


_WORDS: dict[Part, str] = {
    Part.TITLE: "title|meeting title|meeting name|meeting|subject|meeting subject",
    Part.DATE: "date|meeting date|day|held on|date and time|date & time|date/time|when|datetime",
    Part.TIME: "time|meeting time|duration|meeting duration|timing|hours|start time",
    Part.LOCATION: "location|venue|place|where|room|meeting location",
    Part.ATTENDEES: "attendees|attendee|participants|participant|present|in attendance|attendance"
    "|attended|attended by|attending|people|who|members present|people present|attendee list"
    "|attendees present|list of attendees|those present|meeting attendees",
    Part.ABSENT: "apologies|absent|regrets|not present|absentees|apologies for absence|excused",
    Part.AGENDA: "agenda|agenda items|agenda item|topics|meeting agenda|topics covered",
    Part.MATERIALS: "materials|materials used|documents|references|attachments|links|resources"
    "|reference documents|supporting documents|handouts|reference materials",
    Part.OVERVIEW: "overview|summary|executive summary|meeting summary|tl;dr|tldr|purpose|recap",
    Part.DISCUSSION: "discussion|discussion items|discussion points|discussions|notes|minutes"
    "|meeting notes|transcript|key points|key discussion points|points discussed|main points"
    "|key takeaways|takeaways|discussion notes|discussion summary|conversation|detailed minutes",
    Part.ACTIONS: "action items|action item|actions|action points|action point|action|to do|to-do"
    "|todo|to dos|to-dos|todos|next steps|next step|tasks|task|follow ups|follow-ups|follow up"
    "|follow-up|followups|follow-up actions|follow up actions|actions agreed|action list|ai"
    "|agreed actions|follow-up items|action register|task list|todo list|to do list|to-do list",
    Part.DECISIONS: "decisions|decision|decisions made|key decisions|decision log|agreed"
    "|agreements|resolutions|resolved|decided|decisions taken|resolution|decisions and agreements",
    Part.NEXT: "next meeting|date of next meeting|next meeting date|next call|next session"
    "|next sync|follow-up meeting|follow up meeting|next meeting details|upcoming meeting",
    Part.PROGRESS: "project progress report|progress|status|status update|status updates|updates"
    "|progress report|progress update|progress updates",
    Part.ISSUES: "issues|risks|blockers|open issues|risks and issues|concerns|open questions"
    "|confirmation of issues/to do status|issues and risks|challenges|parking lot",
    Part.OTHER: "aob|any other business|other|other contact items|other business|misc"
    "|miscellaneous|announcements|other items",
    Part.IGNORED: "minutes taken by|note taker|notetaker|note-taker|minutes by|prepared by"
    "|recorded by|scribe|facilitator|organizer|organiser|chair|chaired by|host|zone|time zone"
    "|meeting id|passcode|dial-in|dial in|from|to|cc|sent|re|fw|fwd|version|distribution",
}
_PARTS = {word: part for part, words in _WORDS.items() for word in words.split("|")}
_SINGLE_WORDS = (
    "action|action item|action point|task|todo|to do|to-do|ai|decision|agreed|resolved|decided"
    "|resolution|next step|follow up|follow-up"
)
_SINGLE = frozenset(_SINGLE_WORDS.split("|"))
# What heads a line with a colon and is nobody: `Budget: 40 k`.
_NOBODY_WORDS = (
    "note|nb|ps|fyi|total|start|end|project|client|customer|company|team|department|budget|cost"
    "|goal|sprint goal|objective|objectives|scope|timeline|schedule|deadline|owner|due|due date"
    "|priority|background|context|result|results|outcome|question|answer|q|a|example|important"
    "|warning|error|url|link|email|e-mail|phone|tel|website|phase|week|milestone|deliverables"
    "|conclusion|closing|opening|introduction|welcome|review|risk|issue|blocker|idea|option"
    "|topic|item|point|step|reminder|update|comment|comments|feedback|requirement|requirements"
    "|http|https|mailto|ftp|file|pros|cons|responsible|assignee|assigned to|by when"
)
_NOBODY = frozenset(_NOBODY_WORDS.split("|"))
_LABEL = re.compile(r"([^:\uff1a|]{1,60})[:\uff1a](?:\*\*|__)?(?!//)\s*(.*)$", re.DOTALL)
_TAG = re.compile(
    r"(action|decision|agreed|resolved|todo|decided)\s+[-\u2013—]\s+(.+)$", re.IGNORECASE
)
_TRIM = re.compile(r"^[\W_]+|[\W_]+$|^\d{1,2}[.)]\s+", re.UNICODE)
_SPACES = re.compile(r"\s+")
_NAME = re.compile(
    r"(?:(?:Dr|Mr|Mrs|Ms|Prof)\.?\s)?[^\W\d_][\w.'\u2019-]*(?:,?\s(?:[^\W\d_][\w.'\u2019-]*|\d{1,3})){0,4}"
    r"(?:\s?\([^()]{1,40}\))?$"
)
_SMALL = frozenset({"de", "van", "von", "der", "den", "la", "da", "dos", "bin", "al", "el", "di"})


@dataclass(frozen=True, slots=True)
class Label:
    """A line's label: the part it heads, the words after it, and whether it tags one item."""

    part: Part
    said: str
    rest: str
    single: bool = False


def label_of(text: str, *, heading: bool) -> Label | None:
    """Read the label that begins a line; None when it begins with none we know.

    `heading` says that the whole line is one, so that it needs no colon.
    """
    tag = _TAG.match(text)
    if tag is not None:
        return Label(_PARTS[tag[1].casefold()], tag[1], tag[2], single=True)
    found = _LABEL.match(text)
    said, rest = (found[1], found[2].strip()) if found else (text, "")
    if not found and len(text) > 60:
        return None
    key = _key(said)
    part = _PARTS.get(key)
    if part is None or (not found and not heading and not _stands_alone(part)):
        return None
    return Label(part, said.strip(), rest, single=key in _SINGLE and bool(rest))


def _stands_alone(part: Part) -> bool:
    """Say whether the bare word, without a colon, heads a part: `Attendees`, but not `Time`."""
    return part not in (Part.TITLE, Part.DATE, Part.TIME, Part.LOCATION, Part.IGNORED)


def _key(said: str) -> str:
    return _SPACES.sub(" ", _TRIM.sub("", _TRIM.sub("", said.strip()))).casefold()


def speaker_of(text: str) -> tuple[str, str] | None:
    """Read `Name: words` where the label could be a name; (name, words), or None."""
    found = _LABEL.match(text)
    if found is None:
        return None
    said = found[1].strip().removeprefix("@")
    return (said, found[2].strip()) if is_name_like(said) else None


def is_name_like(said: str) -> bool:
    """Say whether words could name a person: few, capitalised, and no known label."""
    if len(said) > 50 or said.casefold() in _NOBODY or _key(said) in _PARTS:
        return False
    if _NAME.match(said) is None:
        return False
    words = [word for word in said.split() if word[0].isalpha()]
    return all(not word[0].islower() or word in _SMALL for word in words)
