"""Mail, as Graph takes and shows it: sendMail, drafts, and the messages of a mailbox."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bot.clock import Clock
from bot.local.entra.directory import Account, Directory
from bot.local.graph.call import Answer, Call, Route, bad, denied
from bot.local.graph.directory_calls import need_mailbox
from bot.local.graph.filtering import matcher
from bot.local.graph.listing import Kind, many, one
from bot.local.graph.shapes import (
    MESSAGE,
    MOST_RECIPIENTS,
    SEND_MAIL,
    body_of,
    check,
    extended,
    files,
    one_line,
    preview,
    recipients,
)
from bot.local.ids import Ids

Mail = dict[str, Any]
_EXTENDED = "singleValueExtendedProperties"
_FILTERED = frozenset(
    {"id", "subject", "isDraft", "isRead", "hasAttachments", "importance", "conversationId",
     "parentFolderId", "internetMessageId", _EXTENDED, f"{_EXTENDED}/id", f"{_EXTENDED}/value"}
)  # fmt: skip
_EXPAND = re.compile(rf"{_EXTENDED}\(\$filter=id eq '([^']+)'\)")
_BODIES = ("body", "bodyPreview", "uniqueBody", "attachments", _EXTENDED)
_MESSAGE = Kind(
    "message",
    frozenset(
        {"id", "createdDateTime", "lastModifiedDateTime", "receivedDateTime", "sentDateTime",
         "changeKey", "categories", "hasAttachments", "internetMessageId", "subject",
         "bodyPreview", "importance", "parentFolderId", "conversationId", "isRead", "isDraft",
         "webLink", "body", "sender", "from", "toRecipients", "ccRecipients", "bccRecipients",
         "replyTo"}
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MailCalls:
    """Keeps mailboxes, newest mail first; `mail[object id]` holds every folder's."""

    directory: Directory
    clock: Clock
    ids: Ids
    base: str
    mail: dict[str, list[Mail]] = field(default_factory=lambda: defaultdict(list))

    def routes(self) -> list[Route]:
        """Give the operations."""
        read = frozenset({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"})
        listed = frozenset({"$filter", "$select", "$top", "$expand", "$orderby", "$count"})
        sending, writing = frozenset({"Mail.Send"}), frozenset({"Mail.ReadWrite"})
        return [
            Route("POST", "/me/sendMail", self.send, "outlook", sending),
            Route("GET", "/me/messages", self.messages, "outlook", read, listed),
            Route("POST", "/me/messages", self.draft, "outlook", writing),
        ]

    def folder(self, account: Account, name: str) -> list[Mail]:
        """Give the mails of `sentitems`, `inbox` or `drafts`, newest first."""
        wanted = folder_id(account, name)
        return [mail for mail in self.mail[account.object_id] if mail["parentFolderId"] == wanted]

    def send(self, call: Call) -> Answer:
        """Send one message to everybody it names: 202 and nothing else."""
        need_mailbox(call.who)
        told = {name[:1].lower() + name[1:]: value for name, value in call.json().items()}
        check(told, SEND_MAIL, "sendMail")
        if not told.get("message"):
            raise bad("The message parameter is missing.", "ErrorInvalidParameter")
        mail = self._made(call.who, told["message"], sent=True)
        self._deliver(mail)
        # Nobody but the sender sees this copy, blind copies included.
        if told.get("saveToSentItems") is not False:
            self.mail[call.who.object_id].insert(0, mail)
        return Answer(202)

    def draft(self, call: Call) -> Answer:
        """Keep a message unsent."""
        need_mailbox(call.who)
        told = call.json()
        check(told, MESSAGE, "message")
        mail = self._made(call.who, told, sent=False)
        self.mail[call.who.object_id].insert(0, mail)
        return one(call, _MESSAGE, _plain(mail), self.base, status=201)

    def _made(self, sender: Account, told: Mail, *, sent: bool) -> Mail:
        one_line(told.get("subject"), "subject")
        for header in told.get("internetMessageHeaders") or ():
            one_line(header.get("value"), "internetMessageHeaders")
            if not re.fullmatch(r"[xX]-[!-9;-~]+", str(header.get("name"))):
                raise bad("A header's name begins with x-.", "InvalidInternetMessageHeader")
        people = {
            name: recipients(told.get(name))
            for name in ("toRecipients", "ccRecipients", "bccRecipients", "replyTo")
        }
        number = sum(len(people[name]) for name in list(people)[:3])
        if sent and not number:
            raise bad("At least one recipient is not valid.", "ErrorInvalidRecipients")
        if number > MOST_RECIPIENTS:
            raise bad("Too many recipients.", "ErrorExceededMaxRecipientLimit")
        now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        body, attached = body_of(told.get("body")), files(told.get("attachments"))
        author = {"emailAddress": {"name": sender.person.name, "address": sender.person.email}}
        identifier = outlook_id(self.ids)
        return {
            "id": identifier,
            "createdDateTime": now,
            "lastModifiedDateTime": now,
            "receivedDateTime": now,
            "sentDateTime": now,
            "changeKey": "CQAAABYAAA" + self.ids.guid()[:8],
            "categories": told.get("categories") or [],
            "hasAttachments": bool(attached),
            "internetMessageId": f"<{self.ids.guid()}@contoso.example>",
            "subject": told.get("subject") or "",
            "bodyPreview": preview(body),
            "importance": str(told.get("importance") or "normal").lower(),
            "parentFolderId": folder_id(sender, "sentitems" if sent else "drafts"),
            "conversationId": outlook_id(self.ids),
            "isRead": True,
            "isDraft": not sent,
            "webLink": f"https://outlook.office365.com/owa/?ItemID={identifier}",
            "body": body,
            "sender": author,
            "from": author,
            **people,
            "attachments": attached,
            _EXTENDED: extended(told.get(_EXTENDED)),
        }

    def _deliver(self, mail: Mail) -> None:
        for recipient in (*mail["toRecipients"], *mail["ccRecipients"], *mail["bccRecipients"]):
            address = recipient["emailAddress"]["address"].casefold()
            found = (a for a in self.directory.everybody() if a.person.email.casefold() == address)
            account = next(found, None)
            if account is None or account.guest:
                continue
            inbox = folder_id(account, "inbox")
            mine = mail | {"id": outlook_id(self.ids), "parentFolderId": inbox, "isRead": False}
            self.mail[account.object_id].insert(0, mine | {"bccRecipients": [], _EXTENDED: []})

    def messages(self, call: Call) -> Answer:
        """List the messages of all folders, newest first."""
        need_mailbox(call.who)
        found = self.mail[call.who.object_id]
        basic = not call.scopes & {"Mail.Read", "Mail.ReadWrite"}
        text, expand = call.query.get("$filter"), call.query.get("$expand")
        if basic and (expand or (text and _EXTENDED.lower() in text.lower())):
            raise denied("outlook")
        order = call.query.get("$orderby", "receivedDateTime desc")
        if order not in ("receivedDateTime desc", "sentDateTime desc", "receivedDateTime"):
            raise bad("The sort order is not supported.", "ErrorInvalidUrlQuery")
        if text:
            test = matcher(text, _FILTERED)
            found = [mail for mail in found if test(mail)]
        wanted = _expanded(expand)
        shown = [_plain(mail, wanted, basic=basic) for mail in found]
        if order == "receivedDateTime":
            shown.reverse()
        return many(call, _MESSAGE_AND_MORE if wanted else _MESSAGE, shown, self.base, page=10)


_MESSAGE_AND_MORE = Kind("message", _MESSAGE.properties | {_EXTENDED})


def _expanded(expand: str | None) -> str | None:
    if expand is None:
        return None
    found = _EXPAND.fullmatch(expand.strip())
    if found is None:
        raise bad("Parsing OData Select and Expand failed.")
    return found[1]


def _plain(mail: Mail, wanted: str | None = None, *, basic: bool = False) -> Mail:
    hidden = _BODIES if basic else ("attachments", _EXTENDED)
    shown = {name: value for name, value in mail.items() if name not in hidden}
    if wanted:
        shown[_EXTENDED] = [entry for entry in mail[_EXTENDED] if entry["id"] == wanted]
    return shown


def folder_id(account: Account, name: str) -> str:
    """Give a folder's id."""
    return f"AQMkADAwAT-{account.object_id.replace('-', '')}_{name}AAA="


def outlook_id(ids: Ids) -> str:
    """Give a new id as Outlook has them: long, case-sensitive, with `-`, `_` and `=` in it."""
    return f"AAMkAG{ids.guid()}_{ids.guid().replace('-', 'Q')}AAA="
