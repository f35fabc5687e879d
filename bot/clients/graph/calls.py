"""Every call we make to Graph: the least permission it needs, and what it does in words.

Source: devx-content permissions.json of 2026-08-07, delegated, least privileged; except for the
search by marker, as Mail.ReadBasic leaves extended properties out.
"""

from dataclasses import dataclass

_ONCE = (200,)
_MADE = (201,)
_WRITTEN = (200, 201)


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of request. `repeatable` when a second one does no harm."""

    method: str
    name: str  # as in the reference, for logs
    scope: str
    does: str  # "I may not ..."
    thing: str  # what a 404 says is not there
    good: tuple[int, ...] = _ONCE
    repeatable: bool = True
    beside: tuple[str, ...] = ()  # permissions needed along with `scope`

    @property
    def scopes(self) -> tuple[str, ...]:
        """Give every permission it needs, the one that is most its own first."""
        return (self.scope, *self.beside)


ME = Call("GET", "/me", "User.Read", "read who you are", "your account")
TIME_ZONE = Call(
    "GET", "/me?$select=mailboxSettings", "MailboxSettings.Read", "read your time zone",
    "your mailbox", beside=("User.Read",),
)  # fmt: skip
PEOPLE = Call("GET", "/users", "User.ReadBasic.All", "look people up", "the directory")

SEND_MAIL = Call(
    "POST", "/me/sendMail", "Mail.Send", "send mail as you", "your mailbox",
    good=(202,), repeatable=False,
)  # fmt: skip
FIND_MAIL = Call("GET", "/me/messages", "Mail.Read", "look for a mail you sent", "your mailbox")

CREATE_EVENT = Call(
    "POST", "/me/events", "Calendars.ReadWrite", "book events in your calendar", "your calendar",
    good=_WRITTEN,
)  # fmt: skip

TEAMS = Call("GET", "/me/joinedTeams", "Team.ReadBasic.All", "list your teams", "your teams")
CHANNELS = Call(
    "GET", "/teams/{id}/channels", "Channel.ReadBasic.All", "list a team's channels", "the team"
)
POST_TO_CHANNEL = Call(
    "POST", "/teams/{id}/channels/{id}/messages", "ChannelMessage.Send",
    "post in channels as you", "the channel", good=_MADE, repeatable=False,
)  # fmt: skip
POST_TO_CHAT = Call(
    "POST", "/chats/{id}/messages", "ChatMessage.Send", "post in chats as you", "the chat",
    good=_MADE, repeatable=False,
)  # fmt: skip

PUT_FILE = Call(
    "PUT", "/me/drive/root:/{path}:/content", "Files.ReadWrite", "save files in your OneDrive",
    "your OneDrive", good=_WRITTEN,
)  # fmt: skip
# A session that is never used is thrown away by Graph, so a second one does no harm.
START_UPLOAD = Call(
    "POST", "/me/drive/root:/{path}:/createUploadSession", "Files.ReadWrite",
    "save files in your OneDrive", "your OneDrive",
)  # fmt: skip
PUT_CHUNK = Call(
    "PUT", "uploadUrl", "Files.ReadWrite", "save files in your OneDrive", "the upload",
    good=(200, 201, 202),
)  # fmt: skip
FILES_FOLDER = Call(
    "GET", "/teams/{id}/channels/{id}/filesFolder", "Files.Read.All",
    "find a channel's files", "the channel's files",
    beside=("Files.ReadWrite",),  # whoever looks for them writes there next: asked for together
)  # fmt: skip
PUT_CHANNEL_FILE = Call(
    "PUT", "/drives/{id}/items/{id}:/{name}:/content", "Files.ReadWrite",
    "save files in a channel", "the channel's files", good=_WRITTEN,
)  # fmt: skip
START_CHANNEL_UPLOAD = Call(
    "POST", "/drives/{id}/items/{id}:/{name}:/createUploadSession", "Files.ReadWrite",
    "save files in a channel", "the channel's files",
)  # fmt: skip

# It needs what the requests inside it need, and only ever carries questions.
BATCH = Call("POST", "/$batch", "", "ask several things at once", "Microsoft 365")
