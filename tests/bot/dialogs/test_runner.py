"""A dialog goes on where it was: one a person and place, JSON only, the first answer wins."""

import asyncio
import json
from dataclasses import replace

import pytest

from bot.dialogs.runner import DialogRunner
from bot.turn import Begin
from cards.verbs import DialogAnswer
from storage.errors import RefusedError, StaleError
from tests.bot.dialogs.conftest import PLACE
from tests.fakes.contexts import OWNER

COUNT = Begin("counting", "count")


def answer(now_open, choice="more"):
    return DialogAnswer(dialog=now_open.id, rev=now_open.rev, choice=choice)


def shown(said):
    return said if isinstance(said, str) else said.summary


async def test_words_and_buttons_carry_it_on_and_its_end_leaves_nothing(runner, turn, raw):
    assert shown(await runner.begin(COUNT, turn())) == "0"
    assert shown(await runner.hear(await runner.open_for(turn()), turn("one"))) == "1"
    now_open = await runner.open_for(turn())
    assert shown(await runner.choose(now_open, answer(now_open), turn())) == "2"
    now_open = await runner.open_for(turn())
    assert await runner.choose(now_open, answer(now_open, "end"), turn()) == "Counted 2."
    assert await runner.open_for(turn()) is None
    assert raw["dialogstate"].count_documents({}) == 0


async def test_what_is_kept_is_json_and_ends_by_itself_after_a_day(runner, turn, raw, clock):
    await runner.begin(COUNT, turn())
    (kept,) = raw["dialogstate"].find()
    assert json.loads(kept["data"]) == {
        "dialog": "counting",
        "id": "1-a-b",
        "rev": 1,
        "state": {"n": 0},
    }
    assert (kept["exp"] - clock.now()).total_seconds() == 24 * 3600


async def test_people_and_places_have_a_dialog_each(runner, turn):
    ben = replace(OWNER, id="65f0c0ffee00000000000002")
    elsewhere = replace(PLACE, id="19:other@thread.v2")
    await runner.begin(COUNT, turn())
    assert await runner.open_for(turn(user=ben)) is None
    assert await runner.open_for(turn(conversation=elsewhere)) is None
    assert await runner.open_for(turn(conversation=replace(PLACE, tenant_id="other"))) is None


async def test_a_button_of_an_older_card_only_draws_the_present_one(runner, turn):
    await runner.begin(COUNT, turn())
    older = await runner.open_for(turn())
    await runner.hear(older, turn("one"))
    now_open = await runner.open_for(turn())
    assert shown(await runner.choose(now_open, answer(older, "end"), turn())) == "1"
    other = DialogAnswer(dialog="another", rev=now_open.rev, choice="end")
    assert shown(await runner.choose(now_open, other, turn())) == "1"


async def test_of_two_answers_at_once_one_counts_and_both_show_where_it_led(runner, turn):
    await runner.begin(COUNT, turn())
    now_open = await runner.open_for(turn())
    both = await asyncio.gather(*(runner.hear(now_open, turn(word)) for word in "ab"))
    assert [shown(said) for said in both] == ["1", "1"]
    assert (await runner.open_for(turn())).state["n"] == 1


async def test_of_two_ends_at_once_both_hear_that_it_is_over(runner, turn):
    await runner.begin(COUNT, turn())
    now_open = await runner.open_for(turn())
    both = await asyncio.gather(
        *(runner.choose(now_open, answer(now_open, "end"), turn()) for _ in range(2))
    )
    assert set(both) == {"Counted 0."}
    assert await runner.open_for(turn()) is None


async def test_an_answer_to_a_dialog_that_ended_meanwhile_says_so(runner, turn):
    await runner.begin(COUNT, turn())
    now_open = await runner.open_for(turn())
    await runner.drop(now_open, turn())
    assert await runner.hear(now_open, turn("late")) == "That is done already."
    late = await runner.choose(now_open, answer(now_open, "stale"), turn())
    assert late == "That is done already."


async def test_a_thing_changed_elsewhere_is_said_while_the_form_stays_open(runner, turn):
    await runner.begin(COUNT, turn())
    now_open = await runner.open_for(turn())
    with pytest.raises(StaleError, match="changed elsewhere"):
        await runner.choose(now_open, answer(now_open, "stale"), turn())
    assert await runner.open_for(turn()) == now_open


async def test_dropping_what_went_on_meanwhile_is_refused(runner, turn):
    await runner.begin(COUNT, turn())
    older = await runner.open_for(turn())
    await runner.hear(older, turn("one"))
    with pytest.raises(StaleError):
        await runner.drop(older, turn())


async def test_beginning_anew_takes_the_place_of_what_was_open(runner, turn):
    await runner.begin(COUNT, turn())
    older = await runner.open_for(turn())
    await runner.begin(COUNT, turn(key="2"))
    now_open = await runner.open_for(turn())
    assert now_open.id == "2"
    assert shown(await runner.choose(now_open, answer(older, "end"), turn())) == "0"


async def test_a_beginning_that_refuses_or_has_nothing_to_ask_keeps_nothing(runner, turn, raw):
    assert await runner.begin(replace(COUNT, options={"nothing": True}), turn()) != ""
    with pytest.raises(RefusedError, match="Not today"):
        await runner.begin(replace(COUNT, options={"refuse": True}), turn())
    assert raw["dialogstate"].count_documents({}) == 0


async def test_a_dialog_this_version_does_not_know_is_as_if_closed(runner, turn, storage):
    await runner.begin(COUNT, turn())
    assert await DialogRunner({}, storage.bot_state).open_for(turn()) is None
    assert shown(await runner.begin(COUNT, turn())) == "0"


async def test_state_that_would_run_code_is_read_as_data(runner, turn, raw, tmp_path):
    """T30: what jsonpickle would execute stays an object with a strange name."""
    marker = tmp_path / "ran"
    poison = {"py/reduce": [{"py/function": "os.mkdir"}, {"py/tuple": [str(marker)]}]}
    await runner.begin(COUNT, turn())
    kept = json.loads(raw["dialogstate"].find_one()["data"])
    kept["state"]["poison"] = poison
    raw["dialogstate"].update_one({}, {"$set": {"data": json.dumps(kept)}})
    assert (await runner.open_for(turn())).state["poison"] == poison
    assert not marker.exists()
