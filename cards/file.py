"""The two cards Teams draws of a file: may I save it for you, and here it is."""

from dataclasses import dataclass
from typing import Any

from cards.plain import shorten, whole

CONSENT = "application/vnd.microsoft.teams.card.file.consent"
INFO = "application/vnd.microsoft.teams.card.file.info"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class ConsentCard:
    """Asks one person whether a file may be saved in their OneDrive. Units: `size` in bytes.

    Only in a personal chat. `file` is the id that comes back with the answer, and all of it.
    """

    name: str
    description: str
    size: int
    file: str

    @property
    def summary(self) -> str:
        """Give the plain line a notification shows."""
        return f"{shorten(whole(self.name), _LONGEST)} is ready for you"

    def to_json(self) -> dict[str, Any]:
        """Give the card's content. Source: Microsoft Teams, "Send and receive files"."""
        return {
            "description": shorten(whole(self.description), _LONGEST),
            "sizeInBytes": self.size,
            "acceptContext": {"file": self.file},
            "declineContext": {"file": self.file},
        }


@dataclass(frozen=True, slots=True)
class FileCard:
    """Shows a file that was saved, as a link to it."""

    name: str
    url: str
    unique_id: str
    file_type: str  # the name's ending, without its dot

    @property
    def summary(self) -> str:
        """Give the plain line a notification shows."""
        return f"{shorten(whole(self.name), _LONGEST)} is saved"

    def to_json(self) -> dict[str, Any]:
        """Give the card's content. Source: Microsoft Teams, "Send and receive files"."""
        return {"uniqueId": self.unique_id, "fileType": self.file_type}
