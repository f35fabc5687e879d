"""Whom a workflow is shared with. A share is a right to run it, never to change it."""

from dataclasses import dataclass
from enum import StrEnum


class ShareKind(StrEnum):
    """Whether a person may run a workflow, or everybody who speaks in a conversation."""

    CONVERSATION = "conversation"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Share:
    """Who else may run a workflow. `id` is a user's, or a conversation's: `<tenant>|<id>`."""

    kind: ShareKind
    id: str
