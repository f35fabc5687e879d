"""Mail from the person's own mailbox."""

import base64
from collections.abc import Sequence
from typing import Any

from bot.clients.graph import calls
from bot.clients.graph.part import Part
from bot.clients.graph.records import Attachment
from storage.errors import GraphError, RefusedError, SignInNeededError

# Ours: the name a mail of ours carries its marker under, so that it can be found again.
_MARKER = "String {5b0a0f6e-3f0f-4d5b-9a44-0f6c1f2a7d30} Name ConsultFlowStep"
_MOST_ATTACHED = 3 * 1024 * 1024


class Mail(Part):
    """Mail."""

    async def send_mail(
        self,
        *,
        subject: str,
        html: str,
        to: Sequence[str],
        cc: Sequence[str] = (),
        attachments: Sequence[Attachment] = (),
        marker: str,
        save_to_sent_items: bool = True,
    ) -> None:
        """Send one mail, each address a recipient of its own; it is never sent a second time.

        `marker` names the step that sends it: sent_with_marker finds the mail by it.
        Errors: RefusedError for more than 3 MB of attachments; GraphError, where
        may_have_happened tells whether the mail may be on its way all the same.
        Source: POST /me/sendMail; needs Mail.Send.
        """
        if sum(len(one.content) for one in attachments) > _MOST_ATTACHED:
            raise RefusedError("What is attached is larger than 3 MB. Send a link instead.")
        message: dict[str, Any] = {
            "subject": subject,
            "body": {"contentType": "html", "content": html},
            "toRecipients": [recipient(address) for address in to],
            "singleValueExtendedProperties": [{"id": _MARKER, "value": marker}],
        }
        if cc:
            message["ccRecipients"] = [recipient(address) for address in cc]
        if attachments:
            message["attachments"] = [_attached(one) for one in attachments]
        body = {"message": message, "saveToSentItems": save_to_sent_items}
        await self._line.ask(calls.SEND_MAIL, "/me/sendMail", body=body)

    async def sent_with_marker(self, marker: str) -> bool | None:
        """Say whether the mailbox holds a mail with this marker; None when I may not look.

        Source: GET /me/messages with $filter on an extended property; needs Mail.Read.
        """
        literal = marker.replace("'", "''")
        asked = (
            f"singleValueExtendedProperties/Any(ep: ep/id eq '{_MARKER}' "
            f"and ep/value eq '{literal}')"
        )
        query = {"$filter": asked, "$select": "id", "$top": "1"}
        try:
            page = await self._line.ask(calls.FIND_MAIL, "/me/messages", query=query)
        except SignInNeededError:
            return None
        except GraphError as error:
            if error.status == 403:
                return None
            raise
        return bool(page.get("value"))


def recipient(address: str) -> dict[str, Any]:
    """Give an address as Graph takes it."""
    return {"emailAddress": {"address": address}}


def _attached(one: Attachment) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": one.name,
        "contentType": one.content_type,
        "contentBytes": base64.b64encode(one.content).decode(),
    }
