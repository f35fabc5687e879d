"""Carries activities to the bot, signed, and says what came of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.local.activities import Activity
from bot.local.signing import Signer

Exchange = dict[str, Any]
MESSAGE_SECONDS = 15.0
INVOKE_SECONDS = 10.0
WENT_WRONG = "Something went wrong. Please try again."
UNREACHABLE = "Unable to reach app. Please try again."


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot answered. `status` is 0 when it did not answer, and then `failure` says so."""

    status: int
    body: Any = None
    failure: str | None = None


class Courier:
    """Posts to the bot's messages address, over one session."""

    def __init__(
        self,
        bot_messages_url: str,
        *,
        signer: Signer,
        on_activity: Callable[[Activity], None] | None = None,
        invoke_seconds: float = INVOKE_SECONDS,
    ) -> None:
        self._url = bot_messages_url
        self._signer = signer
        self._on_activity = on_activity
        self._invoke_seconds = invoke_seconds
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def deliver(self, activity: Activity) -> Answer:
        """Post one activity. Never raises for what the bot does: the answer tells."""
        if self._on_activity:
            self._on_activity(activity)
        invoke = activity["type"] == "invoke"
        seconds = self._invoke_seconds if invoke else MESSAGE_SECONDS
        unreachable = UNREACHABLE if invoke else WENT_WRONG
        token = self._signer.token(activity["serviceUrl"])
        try:
            async with self._session.post(
                self._url,
                json=activity,
                headers={"Authorization": f"Bearer {token}"},
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as reply:
                content = await reply.read()
                status = reply.status
        except (aiohttp.ClientError, TimeoutError):
            return Answer(0, failure=unreachable)
        failure = None if status < 300 else (UNREACHABLE if invoke else WENT_WRONG)
        return Answer(status, _json(content), failure)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None
