"""Speaking to Teams: the Bot Connector's REST interface over one session for the process."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.clock import Clock
from bot.teams import wire
from bot.teams.connector_answer import Answer, ConnectorError, text_at
from bot.teams.hosts import HostList
from bot.teams.patience import TRIES, wait_seconds
from storage.models import Conversation, ConversationKind

__all__ = ["Connector", "ConnectorError", "Member", "Pause", "TokenSource"]

Pause = Callable[[float], Awaitable[None]]
_TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)


class TokenSource(Protocol):
    """Where the bot's own token comes from."""

    async def token(self) -> str:
        """Give a token good for at least a few minutes. Errors: RemoteError."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a conversation, as its roster has them."""

    id: str  # 29:..., good for this bot only
    name: str | None
    email: str | None
    user_principal_name: str | None
    aad_object_id: str | None
    tenant_id: str | None


class Connector:
    """One session to the Bot Connector. Activities go in and come out as JSON objects.

    Every method raises ConnectorError, worded for a user, when Teams does not do it. A call that
    is `paced` is tried once: who makes it keeps to Teams' limits, and asks again. Any other is
    told to `spoke`, which counts it.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        tokens: TokenSource,
        hosts: HostList,
        clock: Clock,
        pause: Pause,
        chance: Callable[[], float],
        spoke: Callable[[Conversation], None] = lambda _: None,
    ) -> None:
        self._session = session
        self._tokens = tokens
        self._hosts = hosts
        self._clock = clock
        self._pause = pause
        self._chance = chance
        self._spoke = spoke

    async def send(
        self, conversation: Conversation, activity: Mapping[str, Any], *, paced: bool = False
    ) -> str:
        """Post a message of its own; give the new activity's id."""
        tries = self._tries(conversation, paced=paced)
        path = _activities(conversation.id)
        return await self.post(conversation.service_url, path, activity, tries=tries)

    async def reply(
        self, conversation: Conversation, to_activity_id: str, activity: Mapping[str, Any]
    ) -> str:
        """Post an answer to an activity; give the new activity's id."""
        self._spoke(conversation)
        path = _activity(conversation.id, to_activity_id)
        return await self.post(conversation.service_url, path, activity)

    async def update(
        self,
        conversation: Conversation,
        activity_id: str,
        activity: Mapping[str, Any],
        *,
        paced: bool = False,
    ) -> None:
        """Replace what an activity of ours shows."""
        tries = self._tries(conversation, paced=paced)
        path = _activity(conversation.id, activity_id)
        body = wire.encode({**activity, "id": activity_id})
        await self.call("PUT", conversation.service_url, path, body, tries=tries)

    async def delete(self, conversation: Conversation, activity_id: str) -> None:
        """Take an activity of ours away."""
        self._spoke(conversation)
        path = _activity(conversation.id, activity_id)
        await self.call("DELETE", conversation.service_url, path)

    async def member(self, conversation: Conversation, member_id: str) -> Member:
        """Look somebody up in the conversation's roster. Source: GET .../members/{id}."""
        path = f"/v3/conversations/{quote(conversation.id, safe='')}/members/{quote(member_id)}"
        found = await self.call("GET", conversation.service_url, path)
        return Member(
            id=text_at(found, "id") or member_id,
            name=text_at(found, "name"),
            email=text_at(found, "email"),
            user_principal_name=text_at(found, "userPrincipalName"),
            aad_object_id=text_at(found, "aadObjectId") or text_at(found, "objectId"),
            tenant_id=text_at(found, "tenantId"),
        )

    async def create_personal(
        self, *, service_url: str, tenant_id: str, bot_id: str, member_id: str
    ) -> Conversation:
        """Open the personal chat with somebody (29:... or an Entra object id), or find it."""
        body = {
            "isGroup": False,
            "bot": {"id": bot_id},
            "members": [{"id": member_id}],
            "tenantId": tenant_id,
            "channelData": {"tenant": {"id": tenant_id}},
        }
        made = await self.call("POST", service_url, "/v3/conversations", wire.encode(body))
        return Conversation(
            id=text_at(made, "id") or "",
            kind=ConversationKind.PERSONAL,
            tenant_id=tenant_id,
            service_url=text_at(made, "serviceUrl") or service_url,
            bot_id=bot_id,
        )

    async def post(
        self, service_url: str, path: str, activity: Mapping[str, Any], *, tries: int = TRIES
    ) -> str:
        """Post an activity below a service address; give the new id, "" where Teams names none."""
        made = await self.call("POST", service_url, path, wire.encode(activity), tries=tries)
        return text_at(made, "id") or ""

    def _tries(self, conversation: Conversation, *, paced: bool) -> int:
        if not paced:
            self._spoke(conversation)
        return 1 if paced else TRIES

    async def call(
        self,
        method: str,
        service_url: str,
        path: str,
        body: bytes | None = None,
        *,
        tries: int = TRIES,
    ) -> Any:
        """Make one call, again where that is harmless, and give the JSON that came back."""
        if not self._hosts.allows(service_url):
            raise ConnectorError(
                "I won't answer there: that is not an address of Microsoft Teams.",
                status=0,
                code="UntrustedHost",
                retryable=False,
            )
        url = URL(service_url.rstrip("/") + path, encoded=True)
        tried = 0
        while True:
            tried += 1
            answer = await self._once(method, url, body)
            if 200 <= answer.status < 300:
                return answer.read()
            now = self._clock.now()
            if tried >= tries or not answer.passing:
                raise answer.error(now)
            await self._pause(
                wait_seconds(answer.headers, tries=tried, now=now, chance=self._chance())
            )

    async def _once(self, method: str, url: URL, body: bytes | None) -> Answer:
        headers = {"Authorization": f"Bearer {await self._tokens.token()}"}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ) as response:
                return Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Answer(0, {}, b"", passing=True)  # nothing was sent
        except (aiohttp.ClientError, TimeoutError):
            # The bytes were under way: a message sent twice is worse than one not sent.
            return Answer(0, {}, b"", passing=method != "POST")


def _activities(conversation_id: str) -> str:
    return f"/v3/conversations/{quote(conversation_id, safe='')}/activities"


def _activity(conversation_id: str, activity_id: str) -> str:
    return f"{_activities(conversation_id)}/{quote(activity_id, safe='')}"
