"""send_email: one mail from the mailbox of whoever runs the workflow."""

import asyncio
from typing import Annotated, Any

from pydantic import Field

from bot.clients.graph.records import Attachment
from bot.clients.graph.refusals import may_have_happened
from bot.clients.html import to_html
from bot.clients.mail_address import read_addresses
from bot.workflows.action import (
    ActionConfig,
    ActionContext,
    ActionResult,
    Repeat,
    UnknownOutcomeError,
    action,
)
from bot.workflows.attendees import EVERYBODY, entries_of, reached
from bot.workflows.prefill import minutes_in, minutes_text, one_line, written
from storage.errors import GraphError, RefusedError
from storage.models import Json

_NO_RECIPIENT = "Email recipient and subject are required"
_NO_BODY = "Email body is required. Please generate MOM first or provide email body content."


class Config(ActionConfig):
    """Who gets what."""

    to: list[str] = Field(
        title="To",
        description="Addresses or names, separated by commas; empty: the meeting's attendees",
        default_factory=list,
    )
    cc: list[str] = Field(
        title="Cc", description="Addresses or names, separated by commas", default_factory=list
    )
    subject: str = Field(
        title="Subject",
        description="Empty: Meeting Minutes and the meeting's title",
        default="",
        max_length=255,
    )
    body: Annotated[str, "long"] = Field(
        title="Body", description="Markdown; empty: the minutes", default=""
    )
    attach_minutes: bool = Field(
        title="Attach the minutes", description="As a Markdown file", default=False
    )


class Result(ActionResult):
    """What was sent."""

    message: str  # the subject
    recipients: int
    to: list[str]
    cc: list[str]
    left_out: list[str]  # names whose blank nobody filled in


async def propose(settings: Json, context: ActionContext) -> Json:
    """Fill what is empty from the minutes, as the owner will see it before it is sent."""
    minutes = minutes_in(context)
    to = entries_of(settings.get("to")) or ([EVERYBODY] if minutes else [])
    subject = str(settings.get("subject") or "").strip()
    if not subject and minutes:
        subject = f"Meeting Minutes - {minutes.title}"
    return {
        **settings,
        "to": await reached(to, minutes, context.graph),
        "cc": await reached(entries_of(settings.get("cc")), minutes, context.graph),
        "subject": one_line(subject)[:255],
        "body": written(str(settings.get("body") or ""), context),
    }


def audience(settings: Json) -> list[str]:
    """Give every address such a mail goes to; what can't be read counts as one, as typed."""
    entries = [*entries_of(settings.get("to")), *entries_of(settings.get("cc"))]
    try:
        return read_addresses(entries)[0]
    except RefusedError:
        return entries


@action(
    title="Send Email",
    repeat=Repeat.KEYED,
    scopes=("Mail.Send",),
    needs=("graph",),
    propose=propose,
    audience=audience,
    example=Config(to=["ana@contoso.example"], subject="Minutes", body="**Hello** Ana"),
    result=Result,
)
async def send_email(config: Config, context: ActionContext) -> Result:
    """Send one mail from your own mailbox, each address a recipient of its own.

    Shape: the body is Markdown, sent as clean HTML; an empty one is the minutes, else the notes.
    Errors: RefusedError for what is missing or is no address; GraphError; UnknownOutcomeError
    when the mail may be on its way and nobody but its sender can tell.
    Source: ConsultFlow product specification, section 2; Microsoft Graph, user: sendMail.
    """
    to, cc, blanks = _recipients(config)
    subject = one_line(config.subject)
    if not to or not subject:
        raise RefusedError(_NO_RECIPIENT)
    body = written(config.body, context)
    if not body:
        raise RefusedError(_NO_BODY)
    if context.graph is None:
        raise RefusedError("I can't send mail here. Ask your admin to connect Microsoft 365.")
    result = Result(message=subject, recipients=len(to) + len(cc), to=to, cc=cc, left_out=blanks)
    if context.repeated and await _was_sent(context.graph, context.key, subject):
        return result
    html = await asyncio.to_thread(to_html, body)
    try:
        await context.graph.send_mail(
            subject=subject,
            html=html,
            to=to,
            cc=cc,
            attachments=_attached(config, context),
            marker=context.key,
        )
    except GraphError as error:
        if not may_have_happened(error):
            raise
        raise _unknown(subject) from error
    return result


async def _was_sent(graph: Any, marker: str, subject: str) -> bool:
    """Say whether the mail went out before. Errors: UnknownOutcomeError when I may not look."""
    found: bool | None = await graph.sent_with_marker(marker)
    if found is None:
        raise _unknown(subject)
    return found


def _unknown(subject: str) -> UnknownOutcomeError:
    return UnknownOutcomeError(
        f'I can\'t tell whether the mail "{subject}" was sent. '
        "Look in your Sent Items, then tell me."
    )


def _recipients(config: Config) -> tuple[list[str], list[str], list[str]]:
    """Give to, cc without those in to, and the names left blank. Errors: RefusedError."""
    everybody, blanks = read_addresses([*config.to, *config.cc])
    to = read_addresses(config.to)[0]
    return to, [one for one in everybody if one not in to], list(dict.fromkeys(blanks))


def _attached(config: Config, context: ActionContext) -> list[Attachment]:
    if not config.attach_minutes:
        return []
    text = minutes_text(context)
    if not text:
        raise RefusedError("There are no minutes to attach. Generate them in an earlier step.")
    return [Attachment("Minutes.md", "text/markdown", text.encode())]
