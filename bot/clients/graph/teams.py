"""Teams, channels, and posts as the person."""

from collections.abc import Sequence

from bot.clients.graph import calls
from bot.clients.graph.calls import Call
from bot.clients.graph.lists import items, many
from bot.clients.graph.part import Part, segment, words
from bot.clients.graph.records import Channel, Team


class Teams(Part):
    """Teams."""

    async def teams(self) -> list[Team]:
        """List the teams this person belongs to. Needs Team.ReadBasic.All."""
        found = await items(self._line, calls.TEAMS, "/me/joinedTeams")
        return [Team(words(one, "id"), words(one, "displayName")) for one in found]

    async def channels(self, team_id: str) -> list[Channel]:
        """List the channels of a team this person sees. Needs Channel.ReadBasic.All."""
        return (await self.channels_of([team_id]))[0]

    async def channels_of(self, team_ids: Sequence[str]) -> list[list[Channel]]:
        """List the channels of several teams, in their order; twenty teams in one request."""
        query = {"$select": "id,displayName"}
        asked = [(f"/teams/{segment(team_id)}/channels", query) for team_id in team_ids]
        found = await many(self._line, calls.CHANNELS, asked)
        return [
            [Channel(words(one, "id"), words(one, "displayName")) for one in team] for team in found
        ]

    async def post_to_channel(self, team_id: str, channel_id: str, html: str) -> str:
        """Start a conversation in a channel and give its message id; never made a second time.

        Errors: GraphError, where may_have_happened tells whether it may be there all the same.
        Source: POST /teams/{id}/channels/{id}/messages; needs ChannelMessage.Send.
        """
        path = f"/teams/{segment(team_id)}/channels/{segment(channel_id)}/messages"
        return await self._post(calls.POST_TO_CHANNEL, path, html)

    async def post_to_chat(self, chat_id: str, html: str) -> str:
        """Write into a chat and give the message's id; never made a second time.

        Source: POST /chats/{id}/messages; needs ChatMessage.Send.
        """
        path = f"/chats/{segment(chat_id)}/messages"
        return await self._post(calls.POST_TO_CHAT, path, html)

    async def _post(self, call: Call, path: str, html: str) -> str:
        body = {"body": {"contentType": "html", "content": html}}
        return words(await self._line.ask(call, path, body=body), "id")
