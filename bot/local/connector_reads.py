"""The Bot Connector of the local Teams: what the bot may read."""

from dataclasses import dataclass

from aiohttp import web

from bot.local.activities import members
from bot.local.connector import Connector
from bot.local.connector_rules import refuse
from bot.local.people import PEOPLE, TEAM_GROUP_ID, TENANT_ID, Person, Room, person_by_id


@dataclass(frozen=True, slots=True)
class Reads:
    """Answers the bot's questions: members, teams, meetings."""

    connector: Connector

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """Give the routes below a prefix."""
        conversation = f"{prefix}/v3/conversations/{{conversation}}"
        meeting = f"{prefix}/v1/meetings/{{meeting}}"
        return [
            web.get(f"{prefix}/v3/conversations", self.conversations),
            web.get(f"{conversation}/members", self.members),
            web.get(f"{conversation}/pagedmembers", self.paged_members),
            web.get(f"{conversation}/pagedMembers", self.paged_members),
            web.get(f"{conversation}/members/{{member}}", self.member),
            web.get(f"{conversation}/activities/{{activity}}/members", self.members),
            web.get(meeting, self.meeting),
            web.get(f"{meeting}/participants/{{participant}}", self.participant),
            web.get(f"{prefix}/v3/teams/{{team}}", self.team),
            web.get(f"{prefix}/v3/teams/{{team}}/conversations", self.channels),
        ]

    async def conversations(self, _request: web.Request) -> web.Response:
        """List the conversations the bot is in."""
        rooms = [room for room in self.connector.world.rooms.values() if room.has_bot]
        found = [{"id": room.id, "members": [p.account() for p in members(room)]} for room in rooms]
        return web.json_response({"conversations": found})

    async def members(self, request: web.Request) -> web.Response:
        """List everybody in a conversation."""
        room, _ = self.connector.room(request, "read")
        return web.json_response([person.account() for person in members(room)])

    async def paged_members(self, request: web.Request) -> web.Response:
        """List a page of a conversation's members; the token of the next page is its number."""
        room, _ = self.connector.room(request, "read")
        size = request.query.get("pageSize", "200")
        start = request.query.get("continuationToken", "0")
        if not (size.isdecimal() and start.isdecimal() and 0 < int(size) <= 500):
            raise refuse(400, "Bad Argument", "pageSize or continuationToken is wrong.")
        everyone = [person.member() for person in members(room)]
        first, last = int(start), int(start) + int(size)
        page: dict[str, object] = {"members": everyone[first:last]}
        if last < len(everyone):
            page["continuationToken"] = str(last)
        return web.json_response(page)

    async def member(self, request: web.Request) -> web.Response:
        """Give one member, by Teams id or directory object id."""
        room, _ = self.connector.room(request, "read")
        person = person_by_id(request.match_info["member"])
        if person is None or person.key not in room.members:
            raise refuse(404, "MemberNotFoundInConversation", "Member not found.")
        return web.json_response(person.member())

    def _meeting_room(self, request: web.Request) -> Room:
        wanted = request.match_info["meeting"]
        rooms = self.connector.world.rooms.values()
        found = next((room for room in rooms if room.meeting and room.meeting.id == wanted), None)
        if found is None:
            raise refuse(404, "MeetingNotFound", "Meeting not found.")
        if not found.has_bot:
            raise refuse(403, "BotNotInConversationRoster", "The app is not in this meeting.")
        return found

    async def meeting(self, request: web.Request) -> web.Response:
        """Give a meeting's details, organizer and chat."""
        room = self._meeting_room(request)
        meeting = room.meeting
        if meeting is None:
            raise refuse(404, "MeetingNotFound", "Meeting not found.")
        organizer = PEOPLE[meeting.organizer]
        details = {
            "id": meeting.id,
            "msGraphResourceId": meeting.graph_id,
            "type": "Scheduled",
            "title": meeting.title,
            "joinUrl": meeting.join_url,
            "scheduledStartTime": meeting.starts_at,
            "scheduledEndTime": meeting.ends_at,
        }
        return web.json_response(
            {
                "id": meeting.id,
                "details": details,
                "organizer": organizer.account() | {"tenantId": TENANT_ID},
                "conversation": room.conversation(),
            }
        )

    async def participant(self, request: web.Request) -> web.Response:
        """Give one participant's part in a meeting."""
        room = self._meeting_room(request)
        if request.query.get("tenantId") != TENANT_ID:
            raise refuse(400, "Bad Argument", "tenantId is missing or of another tenant.")
        person = person_by_id(request.match_info["participant"])
        if person is None or person.key not in room.members:
            raise refuse(404, "ParticipantNotFound", "Participant not found.")
        return web.json_response(
            {
                "user": person.member(),
                "meeting": {"role": _role(room, person), "inMeeting": True},
                "conversation": room.conversation(),
            }
        )

    def _team_room(self, request: web.Request) -> Room:
        wanted = request.match_info["team"]
        rooms = self.connector.world.rooms.values()
        found = next((r for r in rooms if r.team and r.id == wanted), None)
        if found is None:
            raise refuse(404, "TeamNotFound", "Team not found.")
        if not found.has_bot:
            raise refuse(403, "BotNotInConversationRoster", "The app is not in this team.")
        return found

    async def team(self, request: web.Request) -> web.Response:
        """Give a team's details."""
        room = self._team_room(request)
        return web.json_response(
            {
                "id": room.id,
                "name": room.team,
                "type": "standard",
                "aadGroupId": TEAM_GROUP_ID,
                "tenantId": TENANT_ID,
                "channelCount": 1,
                "memberCount": len(room.members),
            }
        )

    async def channels(self, request: web.Request) -> web.Response:
        """List a team's channels; the first has no name, as in Teams."""
        room = self._team_room(request)
        channel = {"id": room.id, "name": None, "type": "standard"}
        return web.json_response({"conversations": [channel]})


def _role(room: Room, person: Person) -> str:
    meeting = room.meeting
    return "Organizer" if meeting and meeting.organizer == person.key else "Attendee"
