"""Which permissions the local Entra knows, what they mean in words, and who may give them."""

GRAPH = "https://graph.microsoft.com"
GRAPH_ID = "00000003-0000-0000-c000-000000000000"
OPENID = frozenset({"openid", "profile", "email", "offline_access"})
OWN = "access_as_user"
WORDS = {
    "User.Read": "Sign you in and read your profile",
    "User.ReadBasic.All": "Read the basic profiles of all people in your organization",
    "Mail.Send": "Send mail as you",
    "Mail.ReadBasic": "Read your mail's headers, without bodies",
    "Mail.Read": "Read your mail",
    "Mail.ReadWrite": "Read and write your mail, drafts included",
    "Calendars.ReadBasic": "See when your calendar is busy, without details",
    "Calendars.Read": "Read your calendars",
    "Calendars.ReadWrite": "Have full access to your calendars",
    "MailboxSettings.Read": "Read your mailbox settings, such as your time zone",
    "Team.ReadBasic.All": "Read the names of the teams you are in",
    "Channel.ReadBasic.All": "Read the names of your teams' channels",
    "ChannelMessage.Send": "Send messages in channels as you",
    "ChannelMessage.Read.All": "Read the messages of your channels",
    "Chat.Read": "Read your chats",
    "Chat.ReadBasic": "Read who is in your chats",
    "Chat.ReadWrite": "Read and write your chats",
    "ChatMessage.Send": "Send chat messages as you",
    "Files.Read": "Read your files",
    "Files.Read.All": "Read all files you can open",
    "Files.ReadWrite": "Have full access to your files",
    "Files.ReadWrite.All": "Have full access to all files you can open",
    "Sites.ReadWrite.All": "Edit items in all sites you can open",
    "OnlineMeetings.Read": "Read your online meetings",
    "OnlineMeetings.ReadWrite": "Read and create online meetings as you",
    "OnlineMeetingTranscript.Read.All": "Read the transcripts of your online meetings",
}
ADMIN_ONLY = frozenset({"ChannelMessage.Read.All", "OnlineMeetingTranscript.Read.All"})
_NAMES = {name.casefold(): name for name in WORDS}


def bare(scope: str) -> str | None:
    """Give a Graph permission's plain name in its proper case; None when Graph has no such."""
    name = scope.casefold()
    for prefix in (f"{GRAPH}/", f"{GRAPH_ID}/"):
        name = name.removeprefix(prefix)
    return ".default" if name == ".default" else _NAMES.get(name)


def in_words(scope: str) -> str:
    """Say what a permission lets an app do."""
    return WORDS.get(scope, "Keep the access you have given it")
