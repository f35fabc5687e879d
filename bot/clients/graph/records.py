"""What Graph tells us, cut to what we use."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in person. `mail` is None for accounts without a mailbox."""

    id: str
    display_name: str
    mail: str | None
    upn: str


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """Somebody in the directory."""

    id: str
    name: str
    mail: str | None
    upn: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; all of them together have at most 3 MB."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """An event in a calendar. `join_url` is None unless it is an online meeting."""

    id: str
    web_link: str
    join_url: str | None


@dataclass(frozen=True, slots=True)
class Team:
    """A team the signed-in person belongs to."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a team."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file in OneDrive or in a channel's folder; `web_url` is where people open it."""

    id: str
    name: str
    web_url: str
