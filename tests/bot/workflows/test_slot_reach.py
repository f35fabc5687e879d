"""A text may read what will really be there: the steps before it, what the run is given, data."""

from dataclasses import replace

import pytest

from bot.triggers.manual import manual
from bot.workflows.checks import check_draft, startable
from bot.workflows.draft import Draft, DraftStep, draft_of
from bot.workflows.trigger import Signal
from storage.errors import RefusedError
from storage.models import RunStatus, StepStatus, TriggerName
from tests.fakes.canvases import canvas, drawn, node
from tests.fakes.toys import Marks

ACTIONS = {name: Marks().toy(name) for name in ("generate_mom", "save_data", "api_call")}
# generate_mom -> (save_data -> api_call#2, api_call)
NODES = ("t", None), ("m", "generate_mom"), ("s", "save_data"), ("a", "api_call"), ("z", "api_call")
ARROWS = [("t", "m"), ("m", "s"), ("m", "a"), ("s", "z")]


def reading(at, text):
    """Give the branched workflow with a text in the step drawn as `at`."""
    nodes = [
        node(name, action, config={"says": text if name == at else "x"}) for name, action in NODES
    ]
    return drawn(nodes, ARROWS)


@pytest.mark.parametrize(
    "at, text",
    [
        ("z", "{{ steps.generate_mom.said }} {{ steps.save_data.said }}"),
        ("a", "{{ steps.generate_mom.said }}"),
        ("s", "{{ trigger.notes }} {{ trigger.timeZone }} {{ data.whatever.is.there }}"),
    ],
)
def test_what_comes_before_on_a_way_to_the_step_may_be_read(at, text):
    workflow = reading(at, text)
    check_draft(draft_of(workflow), ACTIONS, manual)
    assert len(startable(workflow, ACTIONS, manual, {})) == 4


@pytest.mark.parametrize(
    "at, path, sentence",
    [
        ("a", "steps.save_data.said", "save_data runs in another branch, at the same time"),
        ("z", "steps.api_call.said", "api_call runs in another branch"),
        ("m", "steps.save_data.said", "save_data comes later"),
        ("s", "steps.api_call#2.said", "api_call#2 comes later"),
        ("s", "steps.save_data.said", "save_data is this very step"),
        ("z", "steps.teams_post.said", "nothing called {{ steps.teams_post.said }}"),
        ("a", "steps.generate_mom.sad", "nothing called {{ steps.generate_mom.sad }}"),
        ("a", "trigger.note", "Did you mean {{ trigger.notes }}"),
        ("a", "trigger.notes.first", "nothing called {{ trigger.notes.first }}"),
    ],
)
def test_anything_else_is_named_with_what_there_is_at_save_and_at_start(at, path, sentence):
    workflow = reading(at, f"Hello {{{{ {path} }}}}")
    for check in (
        lambda: check_draft(draft_of(workflow), ACTIONS, manual),
        lambda: startable(workflow, ACTIONS, manual, {}),
    ):
        with pytest.raises(RefusedError) as refused:
            check()
        assert sentence in str(refused.value)
        assert path in str(refused.value)
        there = "{{ steps.generate_mom.said }}" if at != "m" else "{{ trigger.notes }}"
        assert there in str(refused.value) or "Did you mean" in str(refused.value)


def test_what_the_run_is_really_given_may_be_read_at_its_start():
    workflow = reading("a", "{{ trigger.client.name }}")
    with pytest.raises(RefusedError, match="client"):
        startable(workflow, ACTIONS, manual, {})
    assert startable(workflow, ACTIONS, manual, {"client": {"name": "Acme"}})
    free = replace(manual, gives=None)
    assert startable(workflow, ACTIONS, free, {})


def test_an_action_that_is_not_here_is_named_with_its_node():
    workflow = drawn([node("t"), node("f", "fax", label="Fax it")], [("t", "f")])
    with pytest.raises(
        RefusedError, match=r"can't do fax here, so I did not start: .*Fax it \(f\)"
    ):
        startable(workflow, ACTIONS, manual, {})


def draft(*texts, beside=()):
    """Make a draft of save_data steps: (name, value) each."""
    steps = (
        DraftStep("save_data", {"name": name, "says": says}, beside=place in beside)
        for place, (name, says) in enumerate(texts)
    )
    return Draft("Data", TriggerName.MANUAL, tuple(steps))


READS = ("b", "{{ data.last_client }}")


def test_data_that_is_saved_before_or_known_may_be_read():
    for made, saved in (
        (draft(("last_client", "x"), READS), set()),
        (draft(READS), {"last_client"}),
        (draft(READS), None),
        (draft(("{{ trigger.notes }}", "x"), READS), set()),
    ):
        check_draft(made, ACTIONS, manual, saved)


@pytest.mark.parametrize(
    "made",
    [
        draft(READS),
        draft(READS, ("last_client", "x")),
        draft(("last_client", "x"), READS, beside={1}),
        draft(("last_client", "x"), ("b", "{{ data.last_client.name }}")),
    ],
)
def test_data_that_nothing_saves_before_is_refused_with_what_there_is(made):
    with pytest.raises(RefusedError, match=r"nothing called {{ data\.last_client"):
        check_draft(made, ACTIONS, manual, set())
    with pytest.raises(RefusedError, match=r"Did you mean {{ data\.last_clients }}"):
        check_draft(draft(READS), ACTIONS, manual, {"last_clients"})


async def test_data_other_workflows_save_or_saved_counts_when_a_workflow_is_saved(bench):
    asha = await bench.user()
    reads = Draft("R", TriggerName.MANUAL, (DraftStep("api_call", {"says": READS[1]}),))
    with pytest.raises(RefusedError, match=r"nothing called {{ data\.last_client }}"):
        await bench.service.save_new(asha, reads, key="k1")
    saves = await bench.workflow(asha, "save_data", configs={"save_data": {"name": "last_client"}})
    made = await bench.service.save_new(asha, reads, key="k2")
    await bench.service.delete(asha, saves.id, 1)
    with pytest.raises(RefusedError, match="nothing called"):
        await bench.service.save_edit(asha, made.id, reads, 1)
    await bench.storage.records.save(
        user_id=asha.id,
        name="last_client",
        key=None,
        value="Acme",
        run_id="r",
        step_id="s",
        now=bench.clock.now(),
    )
    assert (await bench.service.save_edit(asha, made.id, reads, 1)).version == 2


async def test_a_broken_workflow_of_theirs_does_not_stop_the_saving_of_another(bench):
    asha = await bench.user()
    await bench.workflow(asha, "api_call", canvas=canvas([node("a", "api_call")], [("a", "a")]))
    saved = (
        DraftStep("save_data", {"says": "hello"}),
        DraftStep("api_call", {"says": "{{ data.x }}"}),
    )
    with pytest.raises(RefusedError, match=r"nothing called {{ data\.x }}"):
        await bench.service.save_new(asha, Draft("N", TriggerName.MANUAL, saved), key="k")


@pytest.mark.parametrize(
    "nodes, arrows, sentence",
    [
        ([node("t"), node("a", "api_call", label="Call")], [], "Nothing leads to Call"),
        ([node("t"), node("a", "api_call")], [("t", "a"), ("a", "a")], "to itself"),
        (
            [node("t"), node("a", "api_call", config={"says": "{{ steps.b.said }}"})],
            [("t", "a")],
            "nothing called {{ steps.b.said }}",
        ),
    ],
)
async def test_what_somebody_wrote_past_us_is_refused_when_it_is_started(
    bench, raw, nodes, arrows, sentence
):
    asha = await bench.user()
    workflow = await bench.workflow(asha, "api_call", canvas=canvas(nodes, arrows))
    with pytest.raises(RefusedError, match=sentence):
        await bench.service.start(asha, workflow.id, Signal("k", {}, "Asha"))
    assert raw["executionlogs"].count_documents({}) == 0


async def test_a_run_that_finds_less_than_was_promised_fails_that_step_in_words(bench):
    asha = await bench.user()
    says = {
        "api_call": {"says": "{{ data.lost_client }}"},
        "save_data": {"says": "{{ trigger.notes }}"},
    }
    workflow = await bench.workflow(asha, "generate_mom", "api_call", configs=says)
    await bench.start(asha, workflow)
    ended = await bench.worker().work_once()
    assert (ended.status, ended.steps[0].status) == (RunStatus.FAILED, StepStatus.DONE)
    assert "nothing called {{ data.lost_client }} to fill in" in ended.error
