"""What people are promised of the step that saves data: it is there later, once, as typed."""

import json

import pytest
from pydantic import ValidationError

from bot.actions.save_data import Config, save_data
from storage.errors import RefusedError
from tests.fakes.contexts import OWNER, context_for

CONFIG = {"name": "client", "value": "Acme"}


@pytest.fixture
def save(storage):
    """Run the step of a run on the real database."""

    async def run(step_id="save_data", run_id="65f0c0ffee0000000000beef", **settings):
        context = context_for(step_id, run_id=run_id, records=storage.records)
        return await save_data.run(Config(**{**CONFIG, **settings}), context)

    return run


async def test_what_was_saved_is_there_by_its_name(save, storage):
    result = await save(value="Acme GmbH", key="2026")
    assert result.model_dump() == {"name": "client", "key": "2026", "value": "Acme GmbH"}
    (record,) = await storage.records.of(OWNER.id, "client", limit=10)
    assert (record.name, record.key, record.value) == ("client", "2026", "Acme GmbH")


async def test_nobody_else_sees_it(save, storage):
    await save()
    assert await storage.records.of("65f0c0ffee00000000000002", "client", limit=10) == []


async def test_a_step_done_twice_saves_once(save, storage):
    for _time in range(3):
        await save()
    assert len(await storage.records.of(OWNER.id, "client", limit=10)) == 1


async def test_two_steps_of_one_run_save_two_values(save, storage):
    await save("save_data", value="first")
    await save("save_data#2", value="second")
    found = await storage.records.of(OWNER.id, "client", limit=10)
    assert sorted(record.value for record in found) == ["first", "second"]


async def test_every_naughty_string_comes_back_as_typed(save, storage, suite):
    texts = [text for text in json.loads((suite("blns") / "blns.json").read_text("utf-8")) if text]
    for number, text in enumerate(texts[::5]):
        await save(f"save_data#{number}", name=f"n{number}", value=text, key=text[:200])
        (record,) = await storage.records.of(OWNER.id, f"n{number}", limit=10)
        assert (record.key, record.value) == (text[:200], text)


@pytest.mark.parametrize("key", ["a.b", "$set", "__proto__", "constructor", "{{ x }}"])
async def test_a_key_is_a_value_and_never_a_place_in_the_database(save, storage, key):
    await save("save_data", key="sibling", value="untouched")
    await save("save_data#2", key=key, value='{"$ne": null, "a.b": 1}')
    found = {r.key: r.value for r in await storage.records.of(OWNER.id, "client", limit=10)}
    assert found == {"sibling": "untouched", key: '{"$ne": null, "a.b": 1}'}


async def test_a_nul_no_database_keeps_is_replaced(save):
    result = await save(value="a\0b", key="\0")
    assert (result.key, result.value) == ("\ufffd", "a\ufffdb")


async def test_an_empty_key_is_no_key(save):
    assert (await save(key="")).key is None


@pytest.mark.parametrize("text", ["x" * 65_535, "é" * 32_768])
async def test_more_than_64_kb_are_refused(save, storage, text):
    with pytest.raises(RefusedError, match="64 KB"):
        await save(value=text)
    assert await storage.records.of(OWNER.id, "client", limit=10) == []


async def test_64_kb_with_their_quotes_are_kept(save):
    assert len((await save(value="x" * 65_534)).value) == 65_534


@pytest.mark.parametrize("name", ["two words", "a.b", "$set", "", "x" * 101, "a/b", "😀"])
def test_a_name_no_slot_could_read_is_refused_in_the_form(name):
    with pytest.raises(ValidationError):
        Config(name=name, value="x")


@pytest.mark.parametrize("name", ["last_client", "Kunde-7", "été", " padded "])
def test_a_name_a_slot_can_read_is_accepted(name):
    assert Config(name=name, value="x").name == name.strip()


async def test_a_name_filled_in_with_something_else_is_refused_when_it_runs(save):
    with pytest.raises(RefusedError, match="letters, digits"):
        await save(name="{{ not filled }}")


async def test_a_long_key_is_refused(save):
    with pytest.raises(RefusedError, match="200"):
        await save(key="x" * 201)


async def test_without_a_place_to_keep_data_it_says_so():
    with pytest.raises(RefusedError, match="no place to keep"):
        await save_data.run(Config(**CONFIG), context_for("save_data"))
