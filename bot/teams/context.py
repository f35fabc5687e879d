"""The SDK's turn context, made lean: what is sent is copied one level deep, not all the way."""

from copy import copy
from typing import Any

from botbuilder.core import TurnContext
from botbuilder.schema import Activity, ResourceResponse

from bot.teams import wire
from bot.teams.connector import Connector
from bot.teams.message_actions import in_thread
from bot.teams.places import conversation_of
from storage.models import Conversation


class LeanTurnContext(TurnContext):
    """One activity being answered."""

    def __init__(self, adapter: Any, activity: Activity, connector: Connector) -> None:
        in_thread(activity)
        super().__init__(adapter, activity)
        self.place: Conversation = conversation_of(activity)
        self.late = False  # the HTTP request was answered already: what it would carry is lost
        self.turn_state[adapter.BOT_CONNECTOR_CLIENT_KEY] = SdkClient(connector, self.place)

    async def send_activities(self, activities: list[Activity]) -> list[ResourceResponse]:
        """Send copies addressed to this turn's conversation. Errors: ConnectorError."""
        outgoing = [self._address(activity) for activity in activities]
        if self.activity.delivery_mode == "expectReplies":
            self.buffered_reply_activities.extend(outgoing)
            return [ResourceResponse(id="") for _ in outgoing]
        sending = self.adapter.send_activities(self, outgoing)
        sent: list[ResourceResponse] = await self._emit(  # type: ignore[no-untyped-call]
            self._on_send_activities, outgoing, sending
        )
        self.responded = True
        return sent

    async def update_activity(self, activity: Activity) -> None:
        """Replace one of our activities, named by its id. Errors: ConnectorError."""
        addressed = self._address(activity)
        addressed.reply_to_id = None
        updating = self.adapter.update_activity(self, addressed)
        await self._emit(  # type: ignore[no-untyped-call]
            self._on_update_activity, addressed, updating
        )

    def _address(self, activity: Activity) -> Any:
        """Copy an outgoing activity and say where it goes; it keeps its attachments as they are."""
        asked = self.activity
        addressed: Any = copy(activity)
        addressed.type = activity.type or "message"
        addressed.channel_id = asked.channel_id
        addressed.service_url = asked.service_url
        addressed.conversation = asked.conversation
        addressed.from_property = asked.recipient
        addressed.recipient = asked.from_property
        addressed.reply_to_id = asked.id if asked.type == "message" else None
        return addressed


class SdkClient:
    """What the SDK's adapter asks of a connector client, on our connector."""

    def __init__(self, connector: Connector, place: Conversation) -> None:
        self._connector = connector
        self._place = place
        self.conversations = self

    async def send_to_conversation(self, _conversation: str, activity: Activity) -> Any:
        """Post a message of its own."""
        sent = await self._connector.send(self._place, wire.dump(activity))
        return ResourceResponse(id=sent)

    async def reply_to_activity(self, _conversation: str, to: str, activity: Activity) -> Any:
        """Post an answer."""
        sent = await self._connector.reply(self._place, to, wire.dump(activity))
        return ResourceResponse(id=sent)

    async def update_activity(self, _conversation: str, changed: str, activity: Activity) -> Any:
        """Replace a message."""
        await self._connector.update(self._place, changed, wire.dump(activity))
        return ResourceResponse(id=changed)

    async def delete_activity(self, _conversation: str, unwanted: str) -> None:
        """Take a message away."""
        await self._connector.delete(self._place, unwanted)
