"""Teams, channels, and posts as the person."""

from bot.clients.graph import calls
from bot.clients.graph.calls import Call
from bot.clients.graph.part import Part, segment, words
from bot.clients.graph.records import Channel, Team


class Teams(Part):
    """Teams."""

    async def teams(self) -> list[Team]:
        """List the teams this person belongs to. Needs Team.ReadBasic.All."""
        found = await self._line.items(calls.TEAMS, "/me/joinedTeams")
        return [Team(words(one, "id"), words(one, "displayName")) for one in found]

    async def channels(self, team_id: str) -> list[Channel]:
        """List the channels of a team this person sees. Needs Channel.ReadBasic.All."""
        path = f"/teams/{segment(team_id)}/channels"
        query = {"$select": "id,displayName"}
        found = await self._line.items(calls.CHANNELS, path, query=query)
        return [Channel(words(one, "id"), words(one, "displayName")) for one in found]

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
