"""What people are promised of `{{ slots }}` in a text."""

import json
import time
import tracemalloc
from contextlib import suppress
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from bot.workflows.slot_checks import below, check
from bot.workflows.slots import paths_in
from bot.workflows.templating import fill, fill_config
from storage.errors import RefusedError

SCOPE = {
    "trigger": {"notes": "Ben to call", "who": {"name": "Asha"}},
    "steps": {
        "generate_mom": {"title": "Acme Weekly", "action_items": [{"task": "Send report"}]},
        "send_email#2": {"recipients": 3, "sent": True, "cc": None},
    },
    "data": {"client-1": "Acme", "list": ["a", "b"], "client code": "C-7"},
}
NAMES = st.text(alphabet="abcXYZ019_-#", min_size=1, max_size=12)
LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@pytest.mark.parametrize(
    "template, filled",
    [
        ("{{ steps.generate_mom.title }}", "Acme Weekly"),
        ("{{steps.generate_mom.title}}!", "Acme Weekly!"),
        ("{{ trigger.who.name }} / {{ trigger.notes }}", "Asha / Ben to call"),
        ("{{ steps.generate_mom.action_items.0.task }}", "Send report"),
        ("{{ steps.send_email#2.recipients }} sent", "3 sent"),
        ("{{ steps.send_email#2.sent }}{{ steps.send_email#2.cc }}", "true"),
        ("{{ data.client-1 }}", "Acme"),
        ("{{ data.client_code }}", "C-7"),
        ("{{ data.list }}", "a, b"),
        ("{{ trigger.who }}", '{"name": "Asha"}'),
        ("no slot at all", "no slot at all"),
        ("", ""),
    ],
)
def test_a_slot_gives_what_stands_at_its_path(template, filled):
    assert fill(template, SCOPE) == filled


@pytest.mark.parametrize(
    "path, nearest",
    [
        ("steps.generate_mom.titel", "{{ steps.generate_mom.title }}"),
        ("steps.generate_mon.title", "{{ steps.generate_mom.title }}"),
        ("trigger.note", "{{ trigger.notes }}"),
        ("steps.generate_mom.action_items.7.task", "{{ steps.generate_mom.action_items }}"),
    ],
)
def test_an_unknown_path_is_named_with_the_nearest_there_is(path, nearest):
    with pytest.raises(RefusedError) as refused:
        fill(f"Hello {{{{ {path} }}}}", SCOPE)
    assert path in str(refused.value)
    assert nearest in str(refused.value)


@pytest.mark.parametrize(
    "path",
    [
        "trigger.__class__",
        "trigger.who.keys",
        "steps.generate_mom.title.upper",
        "data.list.__len__",
        "data.list.-1",
        "data.list.\u0661",
        "data.list.99999999999999999999",
    ],
)
def test_a_path_reaches_data_and_nothing_of_python(path):
    with pytest.raises(RefusedError):
        fill(f"{{{{ {path} }}}}", SCOPE)


def test_what_is_filled_in_is_never_read_for_slots_again():
    scope = {"trigger": {"a": "{{ trigger.b }}", "b": "secret"}}
    assert fill("{{ trigger.a }}", scope) == "{{ trigger.b }}"
    assert fill("{{ trigger.a }}{{ trigger.b }}", scope) == "{{ trigger.b }}secret"
    assert fill('{"x": "{{ trigger.a }}"}', scope) == '{"x": "{{ trigger.b }}"}'


def test_other_engines_templates_stay_as_typed(suite):
    folder = suite("ssti")
    payloads = (folder / "patt_ssti.fuzz").read_text("utf-8").splitlines()
    payloads += json.loads((folder / "patt_python_jinja.json").read_text("utf-8"))
    assert len(payloads) > 100
    for payload in payloads:
        assert fill(payload, SCOPE) == payload
        assert fill("{{ trigger.x }}", {"trigger": {"x": payload}}) == payload


@given(st.text(alphabet="{} .trigestpdan_-#0x\n\\\"'[]", max_size=200))
def test_any_text_is_filled_or_refused_with_a_sentence(template):
    with suppress(RefusedError):
        assert isinstance(fill(template, SCOPE), str)
    assert isinstance(check(template, {"trigger": None, "steps": {}, "data": {}}), list)


@given(st.dictionaries(NAMES, LEAVES, min_size=1), st.data())
def test_every_name_and_text_comes_back_unharmed(values, data):
    name = data.draw(st.sampled_from(sorted(values)))
    filled = fill(f"<{{{{ trigger.{name} }}}}>", {"trigger": values})
    expected = values[name]
    if isinstance(expected, str):
        assert filled == f"<{expected}>"
    elif expected is None:
        assert filled == "<>"
    else:
        assert json.loads(filled[1:-1]) == expected


@given(st.text() | st.lists(st.integers()) | st.none() | st.dictionaries(st.text(), st.text()))
def test_a_text_that_is_json_stays_json_whatever_is_filled_in(value):
    body = fill('{"is": "{{ trigger.x }}", "in": "<{{ trigger.x }}>"}', {"trigger": {"x": value}})
    read = json.loads(body)
    assert set(read) == {"is", "in"}
    assert read["is"] == value


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_value_in_a_web_address_stays_in_its_place(value):
    filled = fill("https://api.example/a/{{ trigger.x }}/b?q=1", {"trigger": {"x": value}})
    middle = filled.removeprefix("https://api.example/a/").removesuffix("/b?q=1")
    assert unquote(middle) == value
    assert not set(middle) & set("/?#@:\\& \r\n")


@pytest.mark.parametrize(
    "address",
    [
        "https://{{ trigger.notes }}/x",
        "https://a.{{ trigger.notes }}",
        "HTTPS://x:{{ trigger.notes }}@h/",
    ],
)
def test_no_value_chooses_the_host_of_an_address(address):
    with pytest.raises(RefusedError, match="host"):
        fill(address, SCOPE)
    assert any("host" in problem for problem in check(address, {"trigger": None}))


def test_a_text_over_64_kb_is_refused_before_it_fills_the_memory():
    scope = {"trigger": {"big": "x" * 40_000, "fits": "x" * 65_536}}
    assert len(fill("{{ trigger.fits }}", scope)) == 65_536
    for template in (
        "{{ trigger.fits }}x",
        "{{ trigger.big }}" * 3000,
        json.dumps(["{{ trigger.big }}"] * 3000),
        "é" * 32_769,
    ):
        tracemalloc.start()
        with pytest.raises(RefusedError, match="64 KB"):
            fill(template, scope)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
        tracemalloc.stop()


@pytest.mark.parametrize(
    "piece", ["{{", "{{ ", "{{trigger.", "{{trigger.a", "[{{", "{{trigger" + ".a" * 17]
)
def test_400_kb_of_open_braces_cost_no_time(piece):
    text = piece * (400_000 // len(piece))
    started = time.thread_time()
    with pytest.raises(RefusedError, match="64 KB"):
        fill(text, SCOPE)
    check(text, {"trigger": None})
    assert time.thread_time() - started < 2  # a squared search takes minutes


def test_settings_are_filled_however_deep_and_keep_their_names():
    config = {"to": ["{{ data.client-1 }}", 4], "x": {"{{ data.list }}": "{{ data.list }}"}, "n": 1}
    assert fill_config(config, SCOPE) == {
        "to": ["Acme", 4],
        "x": {"{{ data.list }}": "a, b"},
        "n": 1,
    }


def test_halves_of_characters_in_settings_are_joined_or_replaced():
    scope = {"trigger": {"x": "\ud83d\ude00 \ud800"}}
    assert fill_config({"a": "{{ trigger.x }}"}, scope) == {"a": "😀 \ufffd"}


def test_the_paths_of_settings_are_listed_in_order():
    config = {"a": "{{ data.x }} {{config}}", "b": [{"c": "{{ steps.api_call.body.id }}"}]}
    assert paths_in(config) == [("data", "x"), ("steps", "api_call", "body", "id")]


class _Inner(BaseModel):
    city: str


class _Result(BaseModel):
    title: str
    body: dict[str, int] | None
    place: _Inner


KNOWN = {"trigger": None, "data": None, "steps": {"first": below(_Result)}}


@pytest.mark.parametrize(
    "text",
    [
        "{{ trigger.anything.at.all }}",
        "{{ steps.first.title }}",
        "{{ steps.first }}",
        "{{ steps.first.body.deep.0 }}",
        "{{ steps.first.place.city }}",
        "{{ config.items }} {{ 7*7 }}",
    ],
)
def test_a_draft_whose_slots_can_be_filled_has_no_problem(text):
    assert check({"field": [text]}, KNOWN) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ steps.first.titel }}",
        "{{ steps.second.title }}",
        "{{ steps.first.title.x }}",
        "{{ step.first.title }}",
        "{{ Steps.first.title }}",
    ],
)
def test_a_draft_is_told_of_a_slot_nothing_will_fill(text):
    (problem,) = check({"field": text}, KNOWN)
    assert text.strip("{} ") in problem
    assert "{{ steps.first" in problem


def test_problems_are_told_once_and_not_by_the_thousand():
    assert len(check("{{ steps.x }}" * 5000, KNOWN)) == 1
    assert len(check("".join(f"{{{{ steps.x{n} }}}}" for n in range(3000)), KNOWN)) == 20
