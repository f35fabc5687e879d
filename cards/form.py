"""Any pydantic model asked on one card, and what to do with a form left open."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel

from cards.buttons import button
from cards.elements import Card, Element, heading, text
from cards.fitting import fitted
from cards.forms import form_inputs
from cards.plain import shorten, whole
from cards.verbs import DiscardDialog, KeepDialog

LONGEST_WORDS = 2000
FORM_BYTES = 40 * 1024  # a form gives back what was typed, so it may grow past other cards


def form_card(
    title: str,
    model_type: type[BaseModel],
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    *,
    buttons: Sequence[Element],
    intro: str = "",
    kept: Collection[str] = (),
) -> Card:
    """Ask for a model: its inputs filled with `values`, what is wrong with them beside each.

    `kept` names the secrets that are stored already. Of answers that together are more than a card
    can hold, the longest are left out, saying so.
    """
    lead = [text(intro, subtle=True, spacing="none")] if intro else []
    wrong = shorten("; ".join((errors or {}).values()), 200)

    def draw(longest: int) -> Card:
        shown, left_out = _held(values, longest)
        inputs = form_inputs(model_type, shown, {**left_out, **(errors or {})}, kept=kept)
        nothing = [] if inputs else [text("Nothing to set here.", subtle=True)]
        return Card((heading(title), *lead, *inputs, *nothing), wrong or title, tuple(buttons))

    return fitted(draw, limits=(40_000, 10_000, 2000, 200), target=FORM_BYTES)


def _held(values: Mapping[str, str], longest: int) -> tuple[dict[str, str], dict[str, str]]:
    """Part the answers into those shown again and what is said of those too long for it."""
    shown = {name: value if len(value) <= longest else "" for name, value in values.items()}
    said = "What you typed here is too long to show again. Type it shorter."
    return shown, {name: said for name, value in values.items() if len(value) > longest}


def keep_discard_card(words: str) -> Card:
    """Ask whether to leave the open form for what was said in the middle of it."""
    fits = len(words) <= LONGEST_WORDS
    question = "You are in the middle of a form. Go on with it, or drop it?"
    hint = "Nothing of the form is saved if you drop it."
    if not fits:
        hint += " Then send your message once more: it is too long for me to hold."
    drop = DiscardDialog(words=whole(words) if fits else "")
    buttons = (
        button("Keep", KeepDialog(), style="positive", inputs="none"),
        button("Discard", drop, inputs="none"),
    )
    return Card((text(question, bold=True), text(hint, subtle=True)), question, buttons)
