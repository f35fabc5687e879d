"""Promises every card keeps, whatever somebody typed."""

import json

import pytest

from cards import verbs
from cards.buttons import LONGEST_TITLE
from cards.elements import HARD_BYTES, TARGET_BYTES
from tests.cards.card_reading import as_text
from tests.cards.card_samples import EMPTY, every_card

FORMS = ("config", "form", "name", "run_input", "notes")  # hold what was typed, whole
TYPICAL = every_card("Weekly minutes")
LONG = every_card("Ærøskøbing 会議 🚀 " * 400)

drawn = pytest.mark.parametrize(
    "draw",
    [*TYPICAL.values(), *EMPTY.values()],
    ids=[*TYPICAL, *(f"empty_{name}" for name in EMPTY)],
)


def walk(value):
    """Give every object of a card, whatever it stands in."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from walk(each)


def buttons(card):
    return [each for each in walk(card.to_json()) if each.get("type") == "Action.Execute"]


def problems(contract_check, card, **limits):
    return [str(problem) for problem in contract_check.check_card(card.to_json(), **limits)]


@drawn
def test_teams_takes_it(draw, contract_check):
    assert problems(contract_check, draw()) == []


@pytest.mark.parametrize("name", LONG)
def test_teams_takes_it_with_very_long_texts(name, contract_check):
    card = LONG[name]()
    most = HARD_BYTES if name in FORMS else TARGET_BYTES
    assert card.size <= most
    assert problems(contract_check, card, max_bytes=most) == []


@pytest.mark.parametrize(
    "text", ["\x01" * 3000, "👩‍👩‍👧" * 900, '"\\' * 2000], ids=["control", "family", "quotes"]
)
def test_what_grows_when_written_as_json_still_fits(text):
    cards = {name: draw for name, draw in every_card(text).items() if name not in FORMS}
    assert {name for name, draw in cards.items() if draw().size > TARGET_BYTES} == set()


@drawn
def test_clients_that_know_no_execute_send_the_same(draw):
    for button in buttons(draw()):
        if "fallback" in button:
            assert button["fallback"]["type"] == "Action.Submit"
            for part in ("title", "data", "style", "associatedInputs"):
                assert button["fallback"].get(part) == button.get(part)


@drawn
def test_only_a_redraw_by_the_client_goes_without_fallback(draw):
    card = draw()
    bare = [button for button in buttons(card) if "fallback" not in button]
    assert bare == ([card.refresh["action"]] if card.refresh else [])


@drawn
def test_every_button_comes_back_as_the_verb_it_was_made_of(draw):
    for button in buttons(draw()):
        verb, answers = verbs.read(json.loads(json.dumps(button["data"])))
        assert verb.name == button["verb"]
        assert verb.to_data() == button["data"]
        assert answers == {}


@drawn
def test_it_has_words_for_the_notification_and_at_most_six_buttons(draw):
    card = draw()
    assert card.summary.strip()
    assert len(card.actions) <= 6
    assert all(len(button["title"]) <= LONGEST_TITLE for button in buttons(card))


@drawn
def test_no_secret_is_on_it(draw):
    assert "CANARY-SECRET" not in json.dumps(draw().to_json())


@drawn
def test_what_can_be_typed_has_a_label_and_a_reason_when_required(draw):
    for each in walk(draw().to_json()):
        if str(each.get("type", "")).startswith("Input."):
            assert each["label"]
            assert ("isRequired" in each) == ("errorMessage" in each)


_WORDS = ("text", "value", "title", "label", "placeholder", "errorMessage", "fallbackText")


def shape(value):
    """Give a card without its words: cards of one shape are valid or not together."""
    if isinstance(value, dict):
        return {
            key: "" if key in _WORDS and isinstance(held, str) and held else shape(held)
            for key, held in value.items()
            if key != "data"
        }
    return [shape(each) for each in value] if isinstance(value, list) else value


def test_nobody_is_mentioned_and_no_link_comes_of_what_strings_from_the_wild_say(
    suite, contract_check
):
    seen = set()
    for text in json.loads((suite("blns") / "blns.json").read_text(encoding="utf-8")):
        cards = every_card(text)
        del cards["minutes_long"]  # the same elements as minutes, many times
        for name, draw in cards.items():
            card = draw()
            key = json.dumps(shape(card.to_json()))
            if key not in seen:
                seen.add(key)
                assert problems(contract_check, card) == [], name
            for each in walk(card.to_json()):
                assert each.get("type") != "Action.OpenUrl" or each["url"].startswith("https://f")
                assert each.get("type") != "TextBlock" or each["style"] == "heading"
            assert "entities" not in card.to_json()["msteams"], name
            assert json.loads(json.dumps(card.to_json())) == card.to_json()


def test_strings_from_the_wild_show_as_typed(suite):
    for text in json.loads((suite("blns") / "blns.json").read_text(encoding="utf-8")):
        if not text or len(text) > 140 or not text.isprintable():
            continue
        cards = every_card(text)
        for name in ("home", "workflow", "delete", "run_failed", "logs", "data", "problem"):
            shown = as_text(cards[name]().to_json()).replace("\u2060", "")
            assert text.strip() in shown, name
