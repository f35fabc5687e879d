"""Keep a card small: draw it with less and less of each text until it fits."""

from collections.abc import Callable, Sequence

from cards.elements import TARGET_BYTES, Card

_LIMITS = (400, 160, 80, 40, 20)


def fitted(
    draw: Callable[[int], Card], *, limits: Sequence[int] = _LIMITS, target: int = TARGET_BYTES
) -> Card:
    """Draw with the most characters per text that keep the card to `target` bytes.

    Where none does, the smallest is given.
    """
    for limit in limits:
        card = draw(limit)
        if card.size <= target:
            break
    return card
