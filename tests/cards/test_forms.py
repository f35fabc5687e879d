"""Any settings can be asked as a card, and come back as they were typed."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from cards.fields import form_fields
from cards.form import form_card, keep_discard_card
from cards.forms import FormError, answers, form_inputs, parse, without_secrets
from tests.cards.card_reading import as_text
from tests.cards.record_samples import Settings

GOOD = Settings(to=["ana@contoso.example"], subject="Minutes")


class Mood(StrEnum):
    CALM = "calm"
    VERY_CALM = "very_calm"


class Shade(StrEnum):
    """A choice with words of its own."""

    DARK = "dark"

    @property
    def label(self):
        return "As dark as it gets"


class Odd(BaseModel):
    """Annotations in every way of writing them."""

    mood: Mood | None = None
    count: Annotated[int, Field(gt=2, lt=9)] | None = None
    share: float = Field(default=0.5, ge=0, le=1)
    names: tuple[str, ...] = ()
    note: str | None = Field(default="said", min_length=3)


class Strict(BaseModel):
    even: int = Field(title="Even number")
    code: str = Field(title="Code", pattern="^[A-Z]+$", default="A")

    @field_validator("even")
    @classmethod
    def _is_even(cls, value):
        if value % 2:
            raise ValueError("Even number must be even")
        return value

    @model_validator(mode="after")
    def _is_small(self):
        if self.even > 10 and self.code == "A":
            raise ValueError("Too large for code A")
        return self


def by_id(elements):
    return {each["id"]: each for each in elements if "id" in each}


def refused(model_type, given, **how):
    with pytest.raises(FormError) as caught:
        parse(model_type, given, **how)
    return caught.value.errors


words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=8)
item = words.filter(lambda text: not set(",;") & set(text))
name = words.filter(lambda text: ":" not in text)


@given(
    st.builds(
        Settings,
        to=st.lists(item, min_size=1, max_size=4),
        subject=words,
        body=st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
        points=st.lists(words, max_size=3),
        template=st.sampled_from(["default", "executive", "meeting"]),
        slides=st.integers(1, 50),
        share=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        online=st.booleans(),
        headers=st.dictionaries(name, words, max_size=3),
        key=st.none() | words.map(SecretStr),
        secret_headers=st.dictionaries(name, words.map(SecretStr), max_size=2),
    )
)
def test_what_is_typed_for_settings_gives_those_settings_back(settings):
    assert parse(Settings, answers(settings)) == settings


@given(st.dictionaries(st.sampled_from([*Settings.model_fields]), st.text(max_size=30)))
def test_whatever_is_typed_gives_settings_or_sentences(typed):
    errors = {}
    try:
        made = parse(Settings, typed)
    except FormError as error:
        errors = error.errors
    else:
        assert parse(Settings, answers(made)) == made
    assert set(errors) <= {*Settings.model_fields, ""}
    assert all(errors.values())
    assert form_card("x", Settings, typed, errors, buttons=()).to_json()["body"]


def test_every_kind_of_field_has_its_input():
    drawn = by_id(form_inputs(Settings, answers(GOOD)))
    kinds = {key.removeprefix("in."): each["type"] for key, each in drawn.items()}
    assert kinds == {
        "to": "Input.Text", "subject": "Input.Text", "body": "Input.Text", "points": "Input.Text",
        "template": "Input.ChoiceSet", "slides": "Input.Number", "share": "Input.Number",
        "online": "Input.Toggle", "headers": "Input.Text", "key": "Input.Text",
        "secret_headers": "Input.Text",
    }  # fmt: skip
    assert drawn["in.body"]["isMultiline"]
    assert (drawn["in.slides"]["min"], drawn["in.slides"]["max"]) == (1, 50)
    assert drawn["in.subject"]["maxLength"] == 255
    assert drawn["in.to"]["errorMessage"] == "To is required"
    assert drawn["in.online"]["title"] == "Make it a Teams meeting"
    assert drawn["in.key"]["style"] == "Password"


def test_a_list_is_typed_with_commas_semicolons_or_lines():
    made = parse(Settings, {"to": "a@x.example, b@x.example;c@x.example\n\n d", "subject": "s"})
    assert made.to == ["a@x.example", "b@x.example", "c@x.example", "d"]


def test_a_long_list_is_typed_a_line_each_commas_kept():
    made = parse(Settings, {"to": "a", "subject": "s", "points": "one, two\nthree\n"})
    assert made.points == ["one, two", "three"]


def test_pairs_are_typed_as_name_and_value():
    made = parse(Settings, {"to": "a", "subject": "s", "headers": "X-A: 1:2\n\nB:c"})
    assert made.headers == {"X-A": "1:2", "B": "c"}


def test_blank_means_not_said():
    made = parse(Odd, {"mood": "", "count": " ", "share": "", "names": "", "note": ""})
    assert made == Odd(note=None)
    assert parse(Odd, {}) == Odd()


def test_number_sent_as_a_number_is_taken():
    assert parse(Odd, {"count": "5.0", "share": "1"}) == Odd(count=5, share=1)


def test_open_bounds_are_asked_as_the_numbers_they_allow():
    fields = {field.name: field for field in form_fields(Odd)}
    assert (fields["count"].least, fields["count"].most) == (3, 8)
    assert (fields["share"].least, fields["share"].most) == (0, 1)
    assert fields["mood"].choices == ("calm", "very_calm")
    assert fields["mood"].titles == ("Calm", "Very calm")


def test_what_is_wrong_is_said_for_each_field():
    typed = {
        "subject": "s" * 256, "slides": "99", "share": "x", "online": "maybe",
        "template": "neon", "headers": "no colon",
    }  # fmt: skip
    assert refused(Settings, typed) == {
        "to": "To is required",
        "subject": "Subject can have 255 characters at most",
        "slides": "Most slides must be 50 or less",
        "share": "Share must be a number",
        "online": "Online meeting must be yes or no",
        "template": "Template must be 'default', 'executive' or 'meeting'",
        "headers": "Headers takes lines of the form Name: value",
    }
    assert refused(Settings, {"to": " , ", "subject": "s"}) == {"to": "To is required"}
    assert refused(Odd, {"note": "ab"}) == {"note": "Note needs at least 3 characters"}


def test_a_models_own_rules_speak_for_themselves():
    assert refused(Strict, {"even": "3"}) == {"even": "Even number must be even"}
    assert refused(Strict, {"even": "12"}) == {"": "Too large for code A"}
    assert refused(Strict, {"even": "2", "code": "a"}) == {
        "code": "Code does not have the form it needs"
    }
    assert refused(Strict, {"even": "2.5"}) == {"even": "Even number must be a whole number"}


def test_nothing_typed_is_lost_when_it_cannot_be_used():
    typed = {"to": "", "subject": "Täglich", "body": "a\nb", "slides": "99", "share": "many"}
    errors = refused(Settings, typed)
    shown = as_text(form_card("Mail", Settings, typed, errors, buttons=()).to_json())
    for kept in ("Subject: [Täglich]", "Body: [a\nb]", "Most slides: [99]"):
        assert kept in shown
    assert "⚠ To is required" in shown
    assert "⚠ Most slides must be 50 or less" in shown
    drawn = by_id(form_inputs(Settings, typed, errors))
    assert drawn["in.share"]["placeholder"] == "many"


def test_too_much_to_show_again_is_left_out_and_said():
    typed = {"to": "a", "subject": "s", "body": "x" * 60_000, "points": "p" * 9000}
    card = form_card("Mail", Settings, typed, buttons=())
    shown = as_text(card.to_json())
    assert "x" * 100 not in shown
    assert "p" * 9000 in shown
    assert "too long to show again" in shown


def test_a_secret_is_never_shown_again():
    secret = Settings(
        to=["a"], subject="s", key=SecretStr("CANARY"), secret_headers={"A": SecretStr("CANARY")}
    )
    assert "CANARY" not in str(form_inputs(Settings, answers(secret)))
    assert without_secrets(Settings, answers(secret)).keys().isdisjoint({"key", "secret_headers"})


def test_a_secret_left_blank_stays_and_one_typed_replaces_it():
    stored = GOOD.model_copy(update={"key": SecretStr("old")})
    typed = without_secrets(Settings, answers(stored))
    assert parse(Settings, typed, kept=stored) == stored
    assert parse(Settings, {**typed, "key": ""}, kept=stored) == stored
    assert parse(Settings, {**typed, "key": "new"}, kept=stored).key == SecretStr("new")


def test_a_stored_secret_need_not_be_typed_again():
    class Needs(BaseModel):
        key: SecretStr

    assert by_id(form_inputs(Needs, {}))["in.key"]["isRequired"]
    kept = by_id(form_inputs(Needs, {}, kept=("key",)))["in.key"]
    assert "isRequired" not in kept
    assert kept["placeholder"] == "Leave blank to keep the one saved"


@pytest.mark.parametrize("annotation", [Literal["a"] | int, list[int], dict[str, int], Settings])
def test_a_field_no_input_can_ask_for_is_named(annotation):
    class Wrong(BaseModel):
        odd: annotation

    with pytest.raises(TypeError, match="odd"):
        form_inputs(Wrong, {})


def test_leaving_a_form_for_a_long_message_asks_for_it_again():
    short = keep_discard_card("run x").actions[1]["data"]
    assert short == {"cf": 1, "verb": "dialog.discard", "words": "run x"}
    long = keep_discard_card("run x with " + "y" * 5000)
    assert long.actions[1]["data"]["words"] == ""
    assert "send your message once more" in as_text(long.to_json())


@pytest.mark.parametrize("typed", ["9" * 30, "1" + "0" * 400 + ".5", "-" + "9" * 5000, "١x"])
def test_a_number_no_client_can_show_stands_as_a_hint(typed):
    drawn = by_id(form_inputs(Settings, {"slides": typed}))["in.slides"]
    assert "value" not in drawn
    assert drawn["placeholder"] == typed


def test_a_choice_may_have_words_of_its_own():
    class Room(BaseModel):
        shade: Shade = Shade.DARK
        mood: Mood = Mood.VERY_CALM

    shade, mood = form_fields(Room)
    assert (shade.choices, shade.titles) == (("dark",), ("As dark as it gets",))
    assert mood.titles == ("Calm", "Very calm")
    assert type(shade.choices[0]) is str
    assert parse(Room, answers(Room())) == Room()
