"""Minutes as JSON and back, with the product's field names."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.minutes.render import date_and_time, next_date_and_time
from storage.minutes import ActionItem, Attendee, Decision, Minutes, NextMeeting


def to_json(minutes: Minutes) -> dict[str, Any]:
    """Give a structure json.dumps takes; `from_json` gives the same minutes back.

    `dateTime` is for reading; `startsAt` and the like are naive ISO times of `timeZone`.
    """
    return {
        "meetingTitle": minutes.title,
        "dateTime": date_and_time(minutes),
        "day": _iso(minutes.day),
        "startsAt": _iso(minutes.starts_at),
        "endsAt": _iso(minutes.ends_at),
        "timeZone": minutes.zone,
        "timeSaid": minutes.time_said,
        "location": minutes.location,
        "attendees": [
            {"name": one.name, "role": one.role, "email": one.email} for one in minutes.attendees
        ],
        "agenda": list(minutes.agenda),
        "materials": list(minutes.materials),
        "overview": minutes.overview,
        "discussionItems": {who: list(said) for who, said in minutes.discussion.items()},
        "actionItems": [
            {
                "task": one.task,
                "assignee": one.assignee,
                "dueDate": _iso(one.due),
                "quote": one.quote,
            }
            for one in minutes.action_items
        ],
        "decisions": [
            {"text": one.text, "owner": one.owner, "quote": one.quote} for one in minutes.decisions
        ],
        "nextMeeting": None if minutes.next_meeting is None else _next(minutes.next_meeting),
        "progress": list(minutes.progress),
        "issues": list(minutes.issues),
        "other": list(minutes.other),
        "madeBy": minutes.made_by,
    }


def _next(following: NextMeeting) -> dict[str, Any]:
    return {
        "title": following.title,
        "dateTime": next_date_and_time(following),
        "day": _iso(following.day),
        "startsAt": _iso(following.starts_at),
        "timeZone": following.zone,
        "timeSaid": following.time_said,
        "location": following.location,
        "attendees": list(following.attendees),
        "agenda": list(following.agenda),
        "said": following.said,
    }


def from_json(told: Mapping[str, Any]) -> Minutes:
    """Give the minutes `to_json` wrote down."""
    following = told.get("nextMeeting")
    return Minutes(
        title=told["meetingTitle"],
        day=_day(told["day"]),
        starts_at=_instant(told["startsAt"]),
        ends_at=_instant(told["endsAt"]),
        zone=told["timeZone"],
        time_said=told["timeSaid"],
        location=told["location"],
        attendees=tuple(
            Attendee(one["name"], one["role"], one["email"]) for one in told["attendees"]
        ),
        agenda=tuple(told["agenda"]),
        materials=tuple(told["materials"]),
        overview=told["overview"],
        discussion={who: tuple(said) for who, said in told["discussionItems"].items()},
        action_items=tuple(
            ActionItem(one["task"], one["assignee"], _day(one["dueDate"]), one["quote"])
            for one in told["actionItems"]
        ),
        decisions=tuple(
            Decision(one["text"], one["owner"], one["quote"]) for one in told["decisions"]
        ),
        next_meeting=None if following is None else _next_of(following),
        progress=tuple(told["progress"]),
        issues=tuple(told["issues"]),
        other=tuple(told["other"]),
        made_by=told["madeBy"],
    )


def _next_of(told: Mapping[str, Any]) -> NextMeeting:
    return NextMeeting(
        title=told["title"],
        starts_at=_instant(told["startsAt"]),
        zone=told["timeZone"],
        location=told["location"],
        attendees=tuple(told["attendees"]),
        said=told["said"],
        day=_day(told["day"]),
        time_said=told["timeSaid"],
        agenda=tuple(told["agenda"]),
    )


def _iso(moment: date | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _day(told: str | None) -> date | None:
    return None if told is None else date.fromisoformat(told)


def _instant(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)
