"""What we say, as Teams carries it: cards and sentences to activities and invoke answers."""

from typing import Any

from botbuilder.schema import Activity, Attachment, InvokeResponse

from cards.elements import Card
from cards.file import CONSENT, INFO, ConsentCard, FileCard
from cards.sign_in import OAUTH, SignInCard
from storage.models import Conversation, ConversationKind

CARD = "application/vnd.microsoft.card.adaptive"
SENTENCE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
LOGIN = "application/vnd.microsoft.activity.loginRequest"
NOT_YET = "application/vnd.microsoft.error.preconditionFailed"
BAD_CODE = "application/vnd.microsoft.error.incorrectAuthCode"
# Teams wants a name in a login request; there is no connection behind it.
CONNECTION = "consultflow"

Said = Card | SignInCard | str
Sent = Said | ConsentCard | FileCard  # a file's cards are never an answer: only sent


def activity_of(said: Sent) -> Activity:
    """Make the message. A card's `summary` is what the feed and a notification show."""
    if isinstance(said, str):
        return Activity(type="message", text=said, text_format="plain")
    return Activity(type="message", summary=said.summary, attachments=[_attachment(said)])


def _attachment(card: Card | SignInCard | ConsentCard | FileCard) -> Attachment:
    content = card.to_json()
    if isinstance(card, ConsentCard):
        return Attachment(content_type=CONSENT, name=card.name, content=content)
    if isinstance(card, FileCard):
        return Attachment(content_type=INFO, name=card.name, content_url=card.url, content=content)
    kind = OAUTH if isinstance(card, SignInCard) else CARD
    return Attachment(content_type=kind, content=content)


def seen_by_all(said: Said, place: Conversation) -> Said:
    """Give what may stand in a conversation: where others read along, nobody's own card does."""
    if place.kind is ConversationKind.PERSONAL or not isinstance(said, Card):
        return said
    return said.in_company or said


def answer_of(said: Said) -> InvokeResponse:
    """Answer a button: a card takes the old one's place, a sentence is shown over it."""
    if isinstance(said, str):
        return _answer(200, SENTENCE, said)
    if isinstance(said, SignInCard):
        return _answer(401, LOGIN, said.to_json(connection=CONNECTION))
    return _answer(200, CARD, said.to_json())


def problem_of(sentence: str, *, ours: bool) -> InvokeResponse:
    """Answer a button with a problem: 400 for one we foresaw, 500 for a bug of ours."""
    if ours:
        return _answer(500, ERROR, {"code": "InternalServerError", "message": sentence})
    return _answer(400, ERROR, {"code": "BadRequest", "message": sentence})


def not_yet(sentence: str) -> InvokeResponse:
    """Answer a button whose silent sign-in did not work: Teams then shows the sign-in button."""
    return _answer(412, NOT_YET, {"code": "412", "message": sentence})


def bad_code() -> InvokeResponse:
    """Answer a button that came back with a code that is not the presser's sign-in's."""
    return _answer(401, BAD_CODE, None)


def _answer(status: int, kind: str, value: Any) -> InvokeResponse:
    # The HTTP answer is always 200: Teams shows nothing of any other.
    return InvokeResponse(status=200, body={"statusCode": status, "type": kind, "value": value})
