"""What went wrong, and one way on."""

from cards.buttons import foot
from cards.elements import Card, Element, container, text
from cards.plain import shorten


def problem_card(sentence: str, button: Element | None = None) -> Card:
    """Say what went wrong in a sentence, with the button that helps."""
    said = shorten(sentence, 1500)
    return Card((container(text(said), style="warning"),), said, foot(button))
