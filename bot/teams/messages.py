"""What we say, as Teams carries it: cards and sentences to activities and invoke answers."""

from typing import Any

from botbuilder.schema import Activity, Attachment, InvokeResponse

from cards.elements import Card

CARD = "application/vnd.microsoft.card.adaptive"
SENTENCE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"

Said = Card | str


def activity_of(said: Said) -> Activity:
    """Make the message. A card's `summary` is what the feed and a notification show."""
    if isinstance(said, str):
        return Activity(type="message", text=said, text_format="plain")
    attachment = Attachment(content_type=CARD, content=said.to_json())
    return Activity(type="message", summary=said.summary, attachments=[attachment])


def answer_of(said: Said) -> InvokeResponse:
    """Answer a button: a card takes the old one's place, a sentence is shown over it."""
    if isinstance(said, str):
        return _answer(200, SENTENCE, said)
    return _answer(200, CARD, said.to_json())


def problem_of(sentence: str, *, ours: bool) -> InvokeResponse:
    """Answer a button with a problem: 400 for one we foresaw, 500 for a bug of ours."""
    if ours:
        return _answer(500, ERROR, {"code": "InternalServerError", "message": sentence})
    return _answer(400, ERROR, {"code": "BadRequest", "message": sentence})


def _answer(status: int, kind: str, value: Any) -> InvokeResponse:
    # The HTTP answer is always 200: Teams shows nothing of any other.
    return InvokeResponse(status=200, body={"statusCode": status, "type": kind, "value": value})
