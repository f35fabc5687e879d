"""Calendars, as Graph takes and shows them: events with their own time zones."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bot.clock import Clock
from bot.local.entra.directory import Account, Directory
from bot.local.graph.call import Answer, Call, Route, bad, missing
from bot.local.graph.directory_calls import need_mailbox
from bot.local.graph.filtering import matcher
from bot.local.graph.listing import Kind, many, one
from bot.local.graph.mail_calls import outlook_id
from bot.local.graph.moments import instant, preferred, zone_of
from bot.local.graph.shapes import (
    EVENT,
    MOST_RECIPIENTS,
    body_of,
    check,
    extended,
    one_line,
    preview,
    recipients,
)
from bot.local.ids import Ids

Entry = dict[str, Any]
_EXACT = {"teamsforbusiness": "teamsForBusiness", "workingelsewhere": "workingElsewhere"}
_HIDDEN = ("body", "bodyPreview", "attendees", "transactionId")
_EVENT = Kind(
    "event",
    frozenset(
        {"id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "subject",
         "body", "bodyPreview", "start", "end", "attendees", "location", "organizer",
         "isOrganizer", "isOnlineMeeting", "onlineMeeting", "onlineMeetingProvider",
         "onlineMeetingUrl", "transactionId", "importance", "isAllDay", "isCancelled", "isDraft",
         "isReminderOn", "reminderMinutesBeforeStart", "responseRequested", "showAs",
         "sensitivity", "type", "webLink", "iCalUId", "originalStartTimeZone",
         "originalEndTimeZone", "hasAttachments", "allowNewTimeProposals", "hideAttendees"}
    ),
)  # fmt: skip
_READ = frozenset({"Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"})
# The published map leaves ReadWrite out for a single event.
_READ_ONE = frozenset({"Calendars.ReadBasic", "Calendars.Read"})
_WRITE = frozenset({"Calendars.ReadWrite"})


@dataclass(frozen=True, slots=True)
class CalendarCalls:
    """Keeps calendars by object id; what an organizer writes shows in the attendees' too."""

    directory: Directory
    clock: Clock
    ids: Ids
    base: str
    events: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))

    def routes(self) -> list[Route]:
        """Give the operations."""
        listed = frozenset({"$select", "$filter", "$top", "$count", "$orderby"})
        single = frozenset({"$select"})
        here = "/me/events/{id}"
        return [
            Route("GET", "/me/events", self.list_all, "outlook", _READ, listed),
            Route("POST", "/me/events", self.create, "outlook", _WRITE),
            Route("GET", here, self.get, "outlook", _READ_ONE, single),
            Route("PATCH", here, self.change, "outlook", _WRITE),
            Route("DELETE", here, self.delete, "outlook", _WRITE),
        ]

    def create(self, call: Call) -> Answer:
        """Make an event, or give the one made before with the same transactionId."""
        need_mailbox(call.who)
        told = call.json()
        check(told, EVENT, "event")
        if not told.get("start") or not told.get("end"):
            raise bad("The event needs a start and an end.", "ErrorPropertyValidationFailure")
        mine = self.events[call.who.object_id]
        key = told.get("transactionId")
        made = next((entry for entry in mine if key and entry["transactionId"] == key), None)
        if made is None:
            made = self._made(call.who, told)
            mine.append(made)
            self._invite(call.who, made)
        return self._shown(call, made, status=201)

    def _made(self, who: Account, told: Entry) -> Entry:
        now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        identifier = outlook_id(self.ids)
        author = {"emailAddress": {"name": who.person.name, "address": who.person.email}}
        entry: Entry = {
            "id": identifier,
            "createdDateTime": now,
            "iCalUId": "040000008200E00074C5B7101A82E008"
            + self.ids.guid().replace("-", "").upper(),
            "organizer": author,
            "isOrganizer": True,
            "isCancelled": False,
            "isDraft": False,
            "hasAttachments": False,
            "isOnlineMeeting": False,
            "onlineMeeting": None,
            "onlineMeetingProvider": "unknown",
            "onlineMeetingUrl": None,
            "transactionId": None,
            "type": "singleInstance",
            "importance": "normal",
            "showAs": "busy",
            "sensitivity": "normal",
            "isAllDay": False,
            "isReminderOn": True,
            "reminderMinutesBeforeStart": 15,
            "responseRequested": True,
            "allowNewTimeProposals": True,
            "hideAttendees": False,
            "categories": [],
            "subject": "",
            "location": {"displayName": ""},
            "attendees": [],
            "body": body_of(None),
            "webLink": f"https://outlook.office365.com/owa/?itemid={quote(identifier, safe='')}",
        }
        self._apply(entry, told, who)
        return entry

    def _apply(self, entry: Entry, told: Entry, who: Account) -> None:
        one_line(told.get("subject"), "subject")
        extended(told.get("singleValueExtendedProperties"))
        fresh: Entry = {
            name: _EXACT.get(str(value).lower(), value)
            for name, value in told.items()
            if value is not None and name != "singleValueExtendedProperties"
        }
        if "body" in fresh:
            fresh["body"] = body_of(fresh["body"])
        if "attendees" in fresh:
            fresh["attendees"] = _attendees(fresh["attendees"])
        for name in ("start", "end"):
            if name in fresh:
                entry[f"original{name.capitalize()}TimeZone"] = fresh[name].get("timeZone") or "UTC"
                fresh[name] = instant(fresh[name])
        start, end = fresh.get("start", entry.get("start")), fresh.get("end", entry.get("end"))
        if start is None or end is None or end < start:
            raise bad("The end time is before the start time.", "ErrorPropertyValidationFailure")
        entry |= fresh
        entry["bodyPreview"] = preview(entry["body"])
        entry["lastModifiedDateTime"] = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        entry["changeKey"] = self.ids.guid()[:12]
        if entry["isOnlineMeeting"] and entry["onlineMeeting"] is None:
            chat = quote(self.ids.meeting_chat(), safe="")
            context = quote(f'{{"Tid":"{who.tenant_id}","Oid":"{who.object_id}"}}', safe="")
            link = f"https://teams.microsoft.com/l/meetup-join/{chat}/0?context={context}"
            entry |= {"onlineMeeting": {"joinUrl": link}}
            entry["onlineMeetingProvider"] = "teamsForBusiness"

    def _invite(self, organizer: Account, entry: Entry) -> None:
        for attendee in entry["attendees"]:
            address = attendee["emailAddress"]["address"].casefold()
            for account in self.directory.everybody():
                other = account != organizer and not account.guest
                if other and account.person.email.casefold() == address:
                    copy = entry | {"id": outlook_id(self.ids), "isOrganizer": False}
                    self.events[account.object_id].append(copy | {"transactionId": None})

    def _find(self, call: Call) -> Entry:
        need_mailbox(call.who)
        mine = self.events[call.who.object_id]
        found = next((entry for entry in mine if entry["id"] == call.names["id"]), None)
        if found is None:
            raise missing("outlook", "The specified object was not found in the store.")
        return found

    def get(self, call: Call) -> Answer:
        """Give one event."""
        return self._shown(call, self._find(call))

    def change(self, call: Call) -> Answer:
        """Change what is given of an event; the attendees' copies follow."""
        entry, told = self._find(call), call.json()
        check(told, EVENT, "event")
        self._apply(entry, told, call.who)
        self._forget_copies(entry)
        self._invite(call.who, entry)
        return self._shown(call, entry)

    def delete(self, call: Call) -> Answer:
        """Delete an event, and cancel it for its attendees."""
        entry = self._find(call)
        self.events[call.who.object_id].remove(entry)
        if entry["isOrganizer"]:
            self._forget_copies(entry)
        return Answer(204)

    def _forget_copies(self, entry: Entry) -> None:
        for mine in self.events.values():
            mine[:] = [
                one for one in mine if one["isOrganizer"] or one["iCalUId"] != entry["iCalUId"]
            ]

    def list_all(self, call: Call) -> Answer:
        """List the events, in the order of their start."""
        need_mailbox(call.who)
        order = call.query.get("$orderby", "start/dateTime")
        if order not in ("start/dateTime", "start/dateTime asc"):
            raise bad("The sort order is not supported.", "ErrorInvalidUrlQuery")
        found = sorted(self.events[call.who.object_id], key=lambda entry: entry["start"])
        if "$filter" in call.query:
            test = matcher(
                call.query["$filter"], frozenset({"subject", "transactionId", "iCalUId"})
            )
            found = [entry for entry in found if test(entry)]
        zone, headers = preferred(call)
        shown = [_seen(entry, zone, call) for entry in found]
        answer = many(call, _EVENT, shown, self.base, page=10)
        answer.headers |= headers
        return answer

    def _shown(self, call: Call, entry: Entry, *, status: int = 200) -> Answer:
        zone, headers = preferred(call)
        answer = one(call, _EVENT, _seen(entry, zone, call), self.base, status=status)
        answer.headers |= headers
        return answer


def _attendees(told: Any) -> list[Entry]:
    kept = recipients(told)
    if len(kept) > MOST_RECIPIENTS:
        raise bad("Too many attendees.", "ErrorExceededMaxRecipientLimit")
    status = {"response": "none", "time": "0001-01-01T00:00:00Z"}
    return [
        {**recipient, "type": str(given.get("type") or "required").lower(), "status": status}
        for recipient, given in zip(kept, told, strict=True)
    ]


def _seen(entry: Entry, zone: str, call: Call) -> Entry:
    basic = not call.scopes & {"Calendars.Read", "Calendars.ReadWrite"}
    shown = {name: value for name, value in entry.items() if not (basic and name in _HIDDEN)}
    for name in ("start", "end"):
        here = entry[name].astimezone(zone_of(zone))
        shown[name] = {"dateTime": here.strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": zone}
    return shown
