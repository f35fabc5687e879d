"""Events in the person's own calendar."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.clients.graph import calls
from bot.clients.graph.mail import recipient
from bot.clients.graph.part import Part, words
from bot.clients.graph.records import Event


class Calendar(Part):
    """The calendar."""

    async def create_event(
        self,
        *,
        subject: str,
        html: str,
        start: datetime,
        end: datetime,
        zone: str,
        attendees: Sequence[str],
        online: bool,
        location: str | None = None,
        transaction_id: str,
    ) -> Event:
        """Book one event and invite everybody; the same transaction id books no second one.

        Units: `start` and `end` are naive local times of `zone`, an IANA name.
        Errors: GraphError. Source: POST /me/events; needs Calendars.ReadWrite.
        """
        body: dict[str, Any] = {
            "subject": subject,
            "body": {"contentType": "html", "content": html},
            "start": _local(start, zone),
            "end": _local(end, zone),
            "attendees": [{**recipient(one), "type": "required"} for one in attendees],
            "isOnlineMeeting": online,
            "transactionId": transaction_id,
        }
        if online:
            body["onlineMeetingProvider"] = "teamsForBusiness"
        if location:
            body["location"] = {"displayName": location}
        found = await self._line.ask(calls.CREATE_EVENT, "/me/events", body=body)
        meeting = found.get("onlineMeeting")
        join = words(meeting, "joinUrl") if isinstance(meeting, dict) else ""
        return Event(id=words(found, "id"), web_link=words(found, "webLink"), join_url=join or None)


def _local(moment: datetime, zone: str) -> dict[str, str]:
    return {"dateTime": moment.replace(tzinfo=None).isoformat(timespec="seconds"), "timeZone": zone}
