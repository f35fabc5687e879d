"""Speaking to Teams: the Bot Connector's REST interface over one session for the process."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from bot.clock import Clock
from bot.teams import wire
from bot.teams.hosts import HostList
from bot.teams.patience import ASK_AGAIN, TRIES, wait_seconds
from storage.errors import RemoteError
from storage.models import Conversation, ConversationKind

Pause = Callable[[float], Awaitable[None]]
_TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)


class TokenSource(Protocol):
    """Where the bot's own token comes from."""

    async def token(self) -> str:
        """Give a token good for at least a few minutes. Errors: RemoteError."""
        ...


class ConnectorError(RemoteError):
    """Teams did not take a call; `code` is its word for it, `status` the HTTP status or 0."""

    def __init__(self, message: str, *, status: int, code: str = "", retryable: bool) -> None:
        super().__init__(message, retryable=retryable)
        self.status = status
        self.code = code


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

    Every method raises ConnectorError, worded for a user, when Teams does not do it.
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
    ) -> None:
        self._session = session
        self._tokens = tokens
        self._hosts = hosts
        self._clock = clock
        self._pause = pause
        self._chance = chance

    async def send(self, conversation: Conversation, activity: Mapping[str, Any]) -> str:
        """Post a message of its own; give the new activity's id."""
        return await self.post(conversation.service_url, _activities(conversation.id), activity)

    async def reply(
        self, conversation: Conversation, to_activity_id: str, activity: Mapping[str, Any]
    ) -> str:
        """Post an answer to an activity; give the new activity's id."""
        path = _activity(conversation.id, to_activity_id)
        return await self.post(conversation.service_url, path, activity)

    async def update(
        self, conversation: Conversation, activity_id: str, activity: Mapping[str, Any]
    ) -> None:
        """Replace what an activity of ours shows."""
        path = _activity(conversation.id, activity_id)
        body = wire.encode({**activity, "id": activity_id})
        await self.call("PUT", conversation.service_url, path, body)

    async def delete(self, conversation: Conversation, activity_id: str) -> None:
        """Take an activity of ours away."""
        path = _activity(conversation.id, activity_id)
        await self.call("DELETE", conversation.service_url, path)

    async def member(self, conversation: Conversation, member_id: str) -> Member:
        """Look somebody up in the conversation's roster. Source: GET .../members/{id}."""
        path = f"/v3/conversations/{quote(conversation.id, safe='')}/members/{quote(member_id)}"
        found = await self.call("GET", conversation.service_url, path)
        return Member(
            id=_string(found, "id") or member_id,
            name=_string(found, "name"),
            email=_string(found, "email"),
            user_principal_name=_string(found, "userPrincipalName"),
            aad_object_id=_string(found, "aadObjectId") or _string(found, "objectId"),
            tenant_id=_string(found, "tenantId"),
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
            id=_string(made, "id") or "",
            kind=ConversationKind.PERSONAL,
            tenant_id=tenant_id,
            service_url=_string(made, "serviceUrl") or service_url,
            bot_id=bot_id,
        )

    async def post(self, service_url: str, path: str, activity: Mapping[str, Any]) -> str:
        """Post an activity below a service address; give the new id, "" where Teams names none."""
        made = await self.call("POST", service_url, path, wire.encode(activity))
        return _string(made, "id") or ""

    async def call(
        self, method: str, service_url: str, path: str, body: bytes | None = None
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
        tries = 0
        while True:
            tries += 1
            answer = await self._once(method, url, body)
            if 200 <= answer.status < 300:
                return answer.read()
            if tries >= TRIES or not answer.passing:
                raise answer.error()
            await self._pause(
                wait_seconds(
                    answer.headers, tries=tries, now=self._clock.now(), chance=self._chance()
                )
            )

    async def _once(self, method: str, url: URL, body: bytes | None) -> "_Answer":
        headers = {"Authorization": f"Bearer {await self._tokens.token()}"}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ) as response:
                return _Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return _Answer(0, {}, b"", passing=True)  # nothing was sent
        except (aiohttp.ClientError, TimeoutError):
            # The bytes were under way: a message sent twice is worse than one not sent.
            return _Answer(0, {}, b"", passing=method != "POST")


class _Answer:
    """What came back, or that nothing did (status 0)."""

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes, *, passing: bool = False
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.passing = passing or status in ASK_AGAIN

    def read(self) -> Any:
        try:
            return orjson.loads(self.body) if self.body else None
        except ValueError:
            return None

    def error(self) -> ConnectorError:
        told = self.read()
        inner = told.get("error") if isinstance(told, dict) else None
        code = (_string(inner, "code") if isinstance(inner, dict) else None) or ""
        sentence = _SENTENCES.get(code) or _SENTENCES.get(self.status) or _SENTENCES[0]
        return ConnectorError(
            sentence, status=self.status, code=code, retryable=self.passing or self.status == 503
        )


_SENTENCES: dict[str | int, str] = {
    0: "Teams didn't take my message. Try again in a moment.",
    401: "Teams doesn't accept my sign-in. Ask an administrator to check the bot's registration.",
    403: "I'm not allowed to write there. Add me to that conversation, then try again.",
    404: "That message or conversation isn't there any more.",
    413: "That is too much for one Teams message. Ask for less at once.",
    429: "Teams asks me to slow down. Try again in a minute.",
    "BotNotInConversationRoster": "I'm not in that conversation. Add me there, then try again.",
    "ConversationBlockedByUser": "I can't write there: I have been blocked in that chat.",
    "MessageWritesBlocked": "I can't write there: I have been blocked in that chat.",
    "BotDisabledByAdmin": "An administrator has switched me off. Ask them to allow the app.",
}


def _activities(conversation_id: str) -> str:
    return f"/v3/conversations/{quote(conversation_id, safe='')}/activities"


def _activity(conversation_id: str, activity_id: str) -> str:
    return f"{_activities(conversation_id)}/{quote(activity_id, safe='')}"


def _string(found: Any, name: str) -> str | None:
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) and value else None
