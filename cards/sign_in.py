"""The card Teams makes a sign-in of: silent where it can, a button where it cannot."""

from dataclasses import dataclass
from typing import Any

from cards.plain import shorten, whole

OAUTH = "application/vnd.microsoft.card.oauth"
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class SignInCard:
    """Asks one person to sign in. Not an Adaptive Card: Teams draws it itself.

    `sentence` says in words what for. With an `exchange_id`, of this card alone, Teams first tries
    without asking anybody; it cannot in channels.
    """

    sentence: str
    url: str
    exchange_id: str | None = None

    @property
    def summary(self) -> str:
        """Give the plain line a notification shows."""
        return self.sentence

    def to_json(self, *, connection: str = "") -> dict[str, Any]:
        """Give the card's content. Source: Microsoft Teams, single sign-on for bots."""
        button = {"type": "signin", "title": "Sign in", "value": self.url}
        content: dict[str, Any] = {
            "text": shorten(whole(self.sentence), _LONGEST),
            "connectionName": connection,
            "buttons": [button],
        }
        if self.exchange_id is not None:
            content["tokenExchangeResource"] = {"id": self.exchange_id}
        return content
