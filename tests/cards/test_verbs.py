"""A button comes back as it was made, or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards import verbs
from cards.verbs import VERBS, AnswerStep, ListLogs, ListWorkflows, RunNow
from storage.errors import RefusedError

GOOD = RunNow(wf="65f000000000000000000001", key="k").to_data()

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "workflow.destroy"}, {"verb": None}, {"verb": ["workflow.run"]}, {"verb": {}},
        {"cf": 2}, {"cf": None}, {"cf": "1"}, {"extra": 1}, {"wf": {"$ne": None}}, {"wf": None},
        {"wf": 7}, {"wf": ""}, {"wf": "a" * 65}, {"wf": "../x"}, {"wf": "a\n"}, {"once": ""},
        {"once": "k" * 201}, {"once": ["k"]}, {"once": "\ud800"},
    ],
    ids=str,
)  # fmt: skip
def test_a_changed_button_is_refused(change):
    with pytest.raises(RefusedError, match="button"):
        verbs.read({**GOOD, **change})


@pytest.mark.parametrize("kind", VERBS.values(), ids=lambda kind: kind.name)
def test_no_button_uses_a_name_card_renderers_keep_for_themselves(kind):
    named = {field.serialization_alias or name for name, field in kind.model_fields.items()}
    assert named.isdisjoint({"key", "msteams", "msTeams"})


@pytest.mark.parametrize("gone", GOOD)
def test_a_button_with_a_part_missing_is_refused(gone):
    with pytest.raises(RefusedError):
        verbs.read({name: value for name, value in GOOD.items() if name != gone})


@pytest.mark.parametrize("page", [-1, 10**12, 1.5, "2", True, [1]])
def test_a_page_is_a_count(page):
    with pytest.raises(RefusedError):
        verbs.read({**ListLogs().to_data(), "page": page})
    with pytest.raises(RefusedError):
        verbs.read({**ListWorkflows().to_data(), "page": page})


def test_a_yes_is_a_yes_and_not_a_word():
    data = AnswerStep(run="r", step="s", done=True).to_data()
    with pytest.raises(RefusedError):
        verbs.read({**data, "done": "true"})


def test_a_hundred_thousand_characters_are_no_filter():
    with pytest.raises(RefusedError):
        verbs.read({**ListLogs().to_data(), "words": "x" * 100_000})


@given(st.dictionaries(st.sampled_from(["cf", "verb", "wf", "run", "page", "x"]), anything))
def test_whatever_comes_it_is_read_or_refused(data):
    try:
        verb, _answers = verbs.read(data)
    except RefusedError:
        return
    assert verb.name in VERBS


@given(st.sampled_from(sorted(VERBS)), st.dictionaries(st.text(max_size=8), anything, max_size=4))
def test_whatever_joins_a_known_verb_it_is_read_or_refused(name, extra):
    try:
        verbs.read({**extra, "cf": 1, "verb": name})
    except RefusedError:
        return


def test_what_was_typed_comes_apart_from_the_button():
    sent = {**GOOD, "in.notes": "a", "in.wf": "b", "in.n": 5, "in.yes": True, "in.x": {"a": 1}}
    verb, answers = verbs.read(json.loads(json.dumps(sent)))
    assert verb == RunNow(wf="65f000000000000000000001", key="k")
    assert answers == {"notes": "a", "wf": "b", "n": "5", "yes": "true"}
