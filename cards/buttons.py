"""Buttons: Action.Execute, and Action.Submit with the same data for clients that know no better."""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlsplit

from cards.elements import Element
from cards.plain import shorten, typed
from cards.verbs import Verb

LONGEST_TITLE = 40


def button(
    title: str,
    verb: Verb,
    *,
    style: Literal["positive", "destructive"] | None = None,
    inputs: Literal["auto", "none"] = "auto",
) -> Element:
    """Draw a button that sends a verb; with `inputs="none"` the card's inputs stay unread."""
    face = {"title": shorten(typed(title), LONGEST_TITLE), "data": verb.to_data()}
    if style is not None:
        face["style"] = style
    if inputs == "none":
        face["associatedInputs"] = "none"
    return {
        "type": "Action.Execute",
        "verb": verb.name,
        **face,
        "fallback": {"type": "Action.Submit", **face},
    }


def submit(title: str, verb: Verb) -> Element:
    """Draw a button for a window of Teams' own, which knows Action.Submit only."""
    face = {"title": shorten(typed(title), LONGEST_TITLE), "data": verb.to_data()}
    return {"type": "Action.Submit", **face, "style": "positive"}


def link(title: str, url: str) -> Element | None:
    """Draw a button that opens an address; None when it is not a web address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        return None
    return {"type": "Action.OpenUrl", "title": shorten(typed(title), LONGEST_TITLE), "url": url}


def toggle(title: str, keys: Sequence[str]) -> Element:
    """Draw a button that shows and hides the elements of these keys."""
    return {"type": "Action.ToggleVisibility", "title": title, "targetElements": list(keys)}


def button_row(*buttons: Element | None, spacing: str | None = None) -> Element:
    """Set buttons among the elements instead of at the foot; None stands for one left out."""
    row: Element = {"type": "ActionSet", "actions": [each for each in buttons if each]}
    return row if spacing is None else {**row, "spacing": spacing}


def foot(*buttons: Element | None) -> tuple[Element, ...]:
    """Collect the buttons of a card's foot, without those left out. Teams shows six."""
    return tuple(each for each in buttons if each)


def redrawn_by(verb: Verb, user_ids: Sequence[str]) -> Element:
    """Let clients of these people (Teams user ids, 60 at most) redraw the card on their own."""
    action = {
        "type": "Action.Execute",
        "title": "Refresh",
        "verb": verb.name,
        "data": verb.to_data(),
    }
    return {"action": action, "userIds": list(user_ids[:60])}
