"""The standing questions, asked of every action there is."""

import json
from types import SimpleNamespace

import pytest
from pydantic import SecretStr, ValidationError

from bot.registry import discover
from bot.workflows.action import Action, Repeat
from bot.workflows.secrets import opened, seal
from bot.workflows.slot_checks import below, check
from bot.workflows.slots import paths_in
from cards.elements import Card
from cards.fields import form_fields
from cards.forms import answers, form_inputs, parse, without_secrets
from storage.errors import ConsultFlowError
from storage.models import ActionName, Conversation, ConversationKind
from tests.fakes.contexts import OWNER, BotPost, FolderDrive, KeyedService, context_for
from tests.fakes.graph import FakeGraph, FakeTokens, Pauses, graph_client

ACTIONS = discover("bot.actions", Action)
EVERY = pytest.mark.parametrize("plugin", ACTIONS.values(), ids=ACTIONS)
SECRET = "CANARY-contract-s3cret"
NOTES = "Weekly\nAsha: We freeze scope.\nAction Items:\n- Ben to send the report by Friday"


GENERAL = Conversation(
    "19:g@thread.tacv2",
    ConversationKind.CHANNEL,
    "tenant",
    "https://smba.example",
    "28:b",
    "General",
)


@pytest.fixture
async def graph(clock):
    """Microsoft Graph on loopback, and a line to it as the owner."""
    async with FakeGraph() as fake, graph_client(fake, clock, Pauses(clock)) as client:
        yield SimpleNamespace(fake=fake, line=client.for_user(OWNER.id, FakeTokens()))


@pytest.fixture
def world(storage, graph):
    """The services an action may use, and what was done to them so far."""
    drive, service, post = FolderDrive(), KeyedService(), BotPost(GENERAL)

    async def effects():
        names = await storage.records.names(OWNER.id)
        mails = [f"mail {number}" for number, _mail in enumerate(graph.fake.mails)]
        return {*names, *drive.files, *service.done, *mails, *graph.fake.events, *post.said}

    services = {
        "records": storage.records,
        "drive": drive,
        "outbound": service,
        "graph": graph.line,
        "post": post,
    }
    return SimpleNamespace(services=services, effects=effects, seen=service.seen)


def _context(plugin, world, **changed):
    return context_for(plugin.name, inputs={"notes": NOTES}, **{**world.services, **changed})


def _with_secrets(plugin):
    """Give the example with every secret it can hold."""
    given = {
        field.name: SecretStr(SECRET) if field.kind == "secret" else {"X-Key": SecretStr(SECRET)}
        for field in form_fields(plugin.config)
        if field.secret
    }
    return plugin.example.model_copy(update=given)


def test_the_actions_of_the_first_run_are_there():
    assert {"generate_mom", "save_data", "create_ppt", "api_call"} <= set(ACTIONS)


def test_the_actions_that_leave_the_house_are_there():
    assert {"send_email", "create_calendar", "teams_post"} <= set(ACTIONS)


LEAVES = pytest.mark.parametrize(
    "plugin",
    [one for one in ACTIONS.values() if one.propose],
    ids=[name for name, one in ACTIONS.items() if one.propose],
)


@LEAVES
async def test_what_it_proposes_is_json_its_form_can_show_and_gives_back(plugin, world):
    for settings in ({}, plugin.example.model_dump(mode="json")):
        seen = json.loads(json.dumps(await plugin.propose(settings, _context(plugin, world))))
        config = plugin.config.model_validate(seen)
        assert parse(plugin.config, answers(config)) == config
        assert await plugin.propose(seen, _context(plugin, world)) == seen
    assert await world.effects() == set()


@LEAVES
async def test_whom_it_reaches_is_known_before_it_does(plugin, world):
    reached = plugin.audience(plugin.example.model_dump(mode="json"))
    assert all("@" in one for one in reached)
    assert plugin.audience({}) == []


@EVERY
def test_it_is_named_told_and_sourced(plugin):
    assert plugin.name in list(ActionName)
    assert 4 <= len(plugin.title) <= 40
    assert not plugin.title.endswith(".")
    assert plugin.summary.endswith(".")
    assert "Source:" in plugin.run.__doc__
    assert isinstance(plugin.repeat, Repeat)


@EVERY
def test_every_setting_has_a_label(plugin):
    for name, field in plugin.config.model_fields.items():
        assert field.title, name
    assert len(form_fields(plugin.config)) == len(plugin.config.model_fields)


@EVERY
def test_its_form_gives_back_its_example(plugin):
    assert parse(plugin.config, answers(plugin.example)) == plugin.example


@EVERY
def test_its_form_is_a_card_teams_accepts(plugin, contract_check):
    inputs = form_inputs(plugin.config, answers(plugin.example), {"": "Something is wrong."})
    card = Card(body=inputs, summary=plugin.title).to_json()
    assert [str(problem) for problem in contract_check.check_card(card)] == []


@EVERY
def test_settings_nobody_knows_are_refused(plugin):
    with pytest.raises(ValidationError):
        plugin.config.model_validate({**plugin.example.model_dump(), "surprise": 1})


@EVERY
def test_its_settings_last_through_storage(plugin, vault):
    config = _with_secrets(plugin)
    stored = json.loads(json.dumps(seal(config, vault, owner=OWNER.id)))
    assert SECRET not in json.dumps(stored)
    read = plugin.config.model_validate(stored)
    assert opened(read, vault, owner=OWNER.id) == config


@EVERY
async def test_its_example_runs_and_returns_its_result(plugin, world):
    result = await plugin.run(plugin.example, _context(plugin, world))
    assert isinstance(result, plugin.result)
    assert plugin.result.model_validate_json(result.model_dump_json()) == result


@EVERY
async def test_a_repeat_with_the_same_key_keeps_its_promise(plugin, world):
    repeat = plugin.repeats(plugin.example.model_dump(mode="json"))
    first = await plugin.run(plugin.example, _context(plugin, world))
    once = await world.effects()
    second = await plugin.run(plugin.example, _context(plugin, world, repeated=True))
    if repeat is not Repeat.ASK:
        assert await world.effects() == once
        assert second == first


@EVERY
async def test_it_says_so_when_a_service_it_needs_is_missing(plugin, world):
    for service in plugin.needs:
        with pytest.raises(ConsultFlowError) as missing:
            await plugin.run(plugin.example, _context(plugin, world, **{service: None}))
        assert str(missing.value).endswith(".")


@EVERY
async def test_no_secret_reaches_a_card_a_result_or_a_repr(plugin, world):
    config = _with_secrets(plugin)
    shown = without_secrets(plugin.config, answers(config))
    result = await plugin.run(config, _context(plugin, world))
    told = [repr(config), json.dumps(form_inputs(plugin.config, shown)), result.model_dump_json()]
    assert SECRET not in "".join(told)


@EVERY
def test_what_it_results_in_can_be_named_in_a_slot(plugin):
    known = {"trigger": None, "data": None, "steps": {plugin.name: below(plugin.result)}}
    for field in plugin.result.model_fields:
        assert check(f"{{{{ steps.{plugin.name}.{field} }}}}", known) == []
    assert check(f"{{{{ steps.{plugin.name}.no_such_field }}}}", known)
    assert paths_in(plugin.example.model_dump(mode="json")) == []
