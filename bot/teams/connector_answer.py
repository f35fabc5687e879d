"""What the Bot Connector answers, and the sentence for each way it refuses."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from bot.teams.patience import ASK_AGAIN, retry_after
from storage.errors import RemoteError


class ConnectorError(RemoteError):
    """Teams did not take a call; `code` is its word for it, `status` the HTTP status or 0."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        retryable: bool,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, retryable=retryable, retry_after_seconds=retry_after_seconds)
        self.status = status
        self.code = code


class Answer:
    """What came back, or that nothing did (status 0)."""

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes, *, passing: bool = False
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.passing = passing or status in ASK_AGAIN

    def read(self) -> Any:
        """Give the JSON that came back; None where there is none."""
        try:
            return orjson.loads(self.body) if self.body else None
        except ValueError:
            return None

    def error(self, now: datetime) -> ConnectorError:
        """Say why it did not work."""
        told = self.read()
        inner = told.get("error") if isinstance(told, dict) else None
        code = (text_at(inner, "code") if isinstance(inner, dict) else None) or ""
        sentence = _SENTENCES.get(code) or _SENTENCES.get(self.status) or _SENTENCES[0]
        return ConnectorError(
            sentence,
            status=self.status,
            code=code,
            retryable=self.passing or self.status == 503,
            retry_after_seconds=retry_after(self.headers.get("Retry-After"), now),
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


def text_at(found: Any, name: str) -> str | None:
    """Give a text of what came back, by its name; None where there is none."""
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) and value else None
