"""A value is never read for slots again: not from notes, results, saved data or what was typed."""

import pytest
from pydantic import Field

from bot.actions.save_data import save_data
from bot.workflows.action import Action, ActionConfig, Repeat
from bot.workflows.engine import Engine
from bot.workflows.stepper import Stepper
from bot.workflows.worker import Worker
from storage.models import RunStatus, TriggerName
from tests.fakes.toys import ToyResult

BAIT = "{{ trigger.secret }} {{ steps.generate_mom.said }} {{ data.kept }} {{7*7}}"
SLOTS = ("{{ trigger.notes }}", "{{ steps.generate_mom.said }}", "{{ data.kept }}")


class Wide(ActionConfig):
    """Settings of every shape."""

    says: str = Field(title="Says", default="")
    url: str = Field(title="Address", default="")
    body: str = Field(title="Body", default="")
    many: list[str] = Field(title="Many", default=[])
    deep: dict[str, list[str]] = Field(title="Deep", default={})


@pytest.fixture
def seen(bench):
    """Put real saved data and an action that keeps the settings it was run with on the bench."""
    kept = []

    async def run(config, _context):
        kept.append(config)
        return ToyResult(said=config.says)

    bench.actions |= {
        "save_data": save_data,
        "api_call": Action(
            name="api_call",
            title="Wide",
            summary="Keep.",
            config=Wide,
            result=ToyResult,
            repeat=Repeat.SAFE,
            example=Wide(),
            run=run,
        ),
    }
    return kept


async def worked(bench, *actions, configs, trigger=TriggerName.MANUAL, **inputs):
    """Run a workflow of these to its end, with a real place for saved data."""
    user = await bench.user()
    stepper = Stepper(
        bench.storage,
        bench.actions,
        {"records": bench.storage.records},
        bench.vault,
        bench.clock,
        bench._watch,
    )
    workflow = await bench.storage.workflows.add(
        user_id=user.id,
        name="Weekly",
        trigger=trigger,
        actions=actions,
        action_configs=configs,
        canvas=None,
        now=bench.clock.now(),
    )
    await bench.start(user, workflow, **inputs)
    ended = await Worker(
        storage=bench.storage, engine=Engine(stepper), clock=bench.clock
    ).work_once()
    assert (ended.status, ended.error) == (RunStatus.COMPLETED, None)
    return ended


@pytest.mark.parametrize("slot", SLOTS)
async def test_a_value_that_looks_like_slots_arrives_as_it_is_in_every_field(bench, seen, slot):
    wide = {
        "says": f"<{slot}>",
        "body": f'{{"a": "{slot}"}}',
        "many": [slot, "x"],
        "deep": {"in": [slot]},
    }
    configs = {
        "generate_mom": {"says": "{{ trigger.notes }}"},
        "save_data": {"name": "kept", "value": "{{ trigger.notes }}"},
        "api_call": wide,
    }
    order = ("generate_mom", "save_data", "api_call")
    await worked(bench, *order, configs=configs, notes=BAIT, secret="CANARY")
    (config,) = seen
    assert config == Wide(
        says=f"<{BAIT}>", body=f'{{"a": "{BAIT}"}}', many=[BAIT, "x"], deep={"in": [BAIT]}
    )


async def test_saved_data_goes_round_and_round_unread(bench, seen):
    save = {"save_data": {"name": "kept", "value": "{{ trigger.notes }}"}}
    await worked(bench, "save_data", configs=save, notes=BAIT, key="k1")
    again = {
        "save_data": {"name": "kept", "value": "{{ data.kept }}!"},
        "api_call": {"says": "{{ data.kept }}", "url": "https://a.example/{{ data.kept }}"},
    }
    bench.clock.pass_(1)
    await worked(bench, "save_data", "api_call", configs=again, key="k2")
    assert seen[0].says == f"{BAIT}!"
    assert "{" not in seen[0].url


async def test_what_the_runner_typed_wins_and_is_no_template(bench, seen):
    typed = {"api_call": {"says": BAIT}}
    configs = {"api_call": {"says": "stored", "body": "{{ trigger.notes }}"}}
    await worked(bench, "api_call", configs=configs, notes="hello", settings=typed)
    assert seen == [Wide(says=BAIT, body="hello")]


async def test_what_a_program_sends_is_never_taken_for_what_a_person_typed(bench, seen):
    sent = {"api_call": {"url": "https://evil.example"}}
    configs = {"api_call": {"url": "https://ours.example"}}
    webhook = TriggerName.WEBHOOK
    await worked(bench, "api_call", configs=configs, trigger=webhook, settings=sent)
    assert seen == [Wide(url="https://ours.example")]
