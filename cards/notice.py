"""Something was done: a sentence, and where to go from here."""

from cards.buttons import foot
from cards.elements import Card, Element, text
from cards.plain import shorten


def notice_card(sentence: str, *buttons: Element | None) -> Card:
    """Say in a sentence what was done, with the buttons that make sense next."""
    said = shorten(sentence, 1500)
    return Card((text(said),), said, foot(*buttons))
