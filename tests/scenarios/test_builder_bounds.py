"""The builder meets what it did not make itself: other programs' steps, long lists, long texts."""

import pytest

from bot.local.people import PEOPLE, TENANT_ID
from storage.models import TriggerName
from tests.scenarios.building import choice

SAVED = {"name": "client", "value": "Acme"}


@pytest.fixture
async def made_elsewhere(stage, storage, stage_clock):
    """Store workflows of Asha's as the web application does."""
    await stage.say("asha", "home")
    asha = await storage.users.seen(
        microsoft_id=f"{PEOPLE['asha'].object_id}.{TENANT_ID}",
        email="asha.rao@contoso.example",
        name="Asha Rao",
        now=stage_clock.now(),
    )

    async def store(name, *actions, trigger=TriggerName.MANUAL, configs=None, canvas=None):
        return await storage.workflows.add(
            user_id=asha.id,
            name=name,
            trigger=trigger,
            actions=actions,
            action_configs=configs or {},
            canvas=canvas,
            now=stage_clock.now(),
        )

    return store


async def to_steps(stage):
    card = await stage.say("asha", "new")
    await stage.press("asha", card, "Next", trigger="manual")
    return card


async def test_a_step_that_cannot_be_done_here_can_be_removed_and_the_rest_saved(
    stage, raw, made_elsewhere
):
    await made_elsewhere("Mail it", "save_data", "send_email", configs={"save_data": SAVED})
    card = await stage.say("asha", "edit mail it")
    assert "Send Email" in stage.text(card)
    shown = await stage.press("asha", card, choice(card, "asha", "config:1"))
    assert "I can't do send_email here" in shown
    assert "I can't do send_email here" in await stage.press("asha", card, "Save")
    await stage.press("asha", card, "Change steps")
    await stage.press("asha", card, choice(card, "asha", "remove:1"))
    await stage.press("asha", card, "Next")
    assert "(v2)" in await stage.press("asha", card, "Save")
    assert raw["workflows"].find_one()["actions"] == ["save_data"]


async def test_twenty_steps_fit_and_the_next_is_refused_by_button_and_by_word(stage, raw):
    card = await to_steps(stage)
    for _ in range(20):
        await stage.press("asha", card, "Add", action="generate_mom")
    assert "20. Generate MOM" in stage.text(card, "asha")
    refused = "A workflow has at most 20 steps."
    assert refused in await stage.press("asha", card, "Add", action="generate_mom")
    assert refused in stage.text(await stage.say("asha", "generate mom"))
    assert refused in await stage.press("asha", card, "Next", action="generate_mom")
    assert "20. Generate MOM" in stage.text(card, "asha")
    await stage.press("asha", card, "Next")
    for _ in range(20):
        await stage.press("asha", card, "Next")
    await stage.press("asha", card, "Next", name="Long")
    assert "(v1)" in await stage.press("asha", card, "Save")
    assert len(raw["workflows"].find_one()["actions"]) == 20


@pytest.mark.parametrize("length", [5_000, 40_000])
async def test_a_long_setting_is_kept_whole_and_never_locks_the_form(stage, raw, length):
    card = await to_steps(stage)
    await stage.press("asha", card, "Add", action="save_data")
    await stage.press("asha", card, "Next")
    text = "ä" * length
    await stage.press("asha", card, "Next", name="two words", value=text)
    await stage.press("asha", card, "Next", name="client", value=text)
    await stage.press("asha", card, "Next", name="Long")
    await stage.press("asha", card, choice(card, "asha", "config:0"))
    await stage.press("asha", card, "Back")
    assert "Steps" in stage.text(card, "asha")
    await stage.press("asha", card, "Next")
    assert "(v1)" in await stage.press("asha", card, "Save")
    assert raw["workflows"].find_one()["actionConfigs"]["save_data"]["value"] == text


async def test_words_add_a_step_and_name_the_workflow_and_elsewhere_point_at_the_card(stage):
    await stage.say("asha", "new")
    card = await stage.say("asha", "manual please")
    assert "use the buttons" in stage.text(card)
    await stage.press("asha", card, "Next", trigger="manual")
    assert "1. Generate MOM" in stage.text(await stage.say("asha", "generate mom"))
    latest = await stage.say("asha", "zzzz qqqq")
    assert "use the buttons" in stage.text(latest)
    await stage.press("asha", latest, "Next")
    await stage.press("asha", latest, "Next")
    assert "Workflow name is required" in await stage.press("asha", latest, _blank(latest))
    assert "Save" in stage.text(await stage.say("asha", "Weekly minutes"))


def _blank(card):
    press = choice(card, "asha", "next")
    return {**press, "data": {**press["data"], "in.name": " "}}


async def test_back_walks_all_the_way_and_loses_nothing(stage):
    card = await to_steps(stage)
    await stage.press("asha", card, "Add", action="save_data")
    await stage.press("asha", card, "Add", action="save_data")
    await stage.press("asha", card, "Next")
    await stage.press("asha", card, "Next", name="one", value="1")
    assert "step 1 of 2" in await stage.press("asha", card, "Back")
    assert "2. Save Data" in await stage.press("asha", card, "Back")
    assert "What starts it" in await stage.press("asha", card, "Back")
    await stage.press("asha", card, "Next", trigger="manual")
    await stage.press("asha", card, "Next")
    await stage.press("asha", card, "Next", name="two", value="2")
    assert "2. Save Data" in await stage.press("asha", card, "Back")
    await stage.press("asha", card, "Next")
    await stage.press("asha", card, "Next", name="Both")
    assert "Saved" in await stage.press("asha", card, "Save")


async def test_choices_made_up_for_another_step_change_nothing(stage, raw):
    card = await to_steps(stage)
    await stage.press("asha", card, "Add", action="save_data")
    for made_up in ("save", "review", "config:0", "name", "up:99", "remove:x", "nonsense", "add"):
        press = choice(card, "asha", "next")
        data = {**press["data"], "choice": made_up, "in.action": "send_email"}
        shown = await stage.press("asha", card, {**press, "data": data})
        assert "1. Save Data" in shown, made_up
    assert raw["workflows"].count_documents({}) == 0


async def test_a_trigger_or_action_that_is_not_offered_is_asked_again(stage):
    card = await stage.say("asha", "new")
    press = choice(card, "asha", "next")
    for trigger in ("webhook", "", "explode"):
        data = {**choice(card, "asha", "next")["data"], "in.trigger": trigger}
        shown = await stage.press("asha", card, {**press, "data": data})
        assert "Choose how the workflow starts" in shown


async def test_a_workflow_with_another_trigger_says_why_it_is_not_saved_here(
    stage, raw, made_elsewhere
):
    await made_elsewhere(
        "On call", "save_data", trigger=TriggerName.WEBHOOK, configs={"save_data": SAVED}
    )
    card = await stage.say("asha", "edit on call")
    assert "I can't start workflows by webhook here." in await stage.press("asha", card, "Save")
    assert raw["workflows"].find_one()["version"] == 1


async def test_a_secret_is_sealed_in_the_middle_of_the_form_and_can_be_kept(stage, raw):
    card = await to_steps(stage)
    await stage.press("asha", card, "Add", action="api_call")
    await stage.press("asha", card, "Next")
    typed = {"url": "https://api.example.com/x", "secret_headers": "X-Key: CANARY-key"}
    shown = await stage.press("asha", card, "Next", **typed)
    assert "CANARY" not in shown
    assert "CANARY" not in raw["dialogstate"].find_one()["data"]
    await stage.press("asha", card, "Next", name="Call")
    await stage.press("asha", card, choice(card, "asha", "config:0"))
    assert "CANARY" not in stage.text(card, "asha")
    await stage.press("asha", card, "Next", url="https://api.example.com/y")
    await stage.press("asha", card, "Save")
    stored = raw["workflows"].find_one()["actionConfigs"]["api_call"]
    assert stored["url"].endswith("/y")
    assert "sealed:" in str(stored)
    assert "CANARY" not in str(stored)
