"""What people can do with workflows and runs, and what they are refused, in sentences."""

import re
from dataclasses import replace

import pytest

from bot.workflows.draft import Draft, DraftStep, draft_of
from bot.workflows.service import MOST_WORKFLOWS
from bot.workflows.trigger import Signal
from storage.errors import NotFoundError, RefusedError, StaleError
from storage.models import LogFilter, RunStatus, StepStatus, TriggerName

DRAFT = Draft("Weekly", TriggerName.MANUAL, (DraftStep("generate_mom"), DraftStep("save_data")))


@pytest.fixture
async def asha(bench):
    return await bench.user("Asha")


@pytest.fixture
async def ben(bench):
    return await bench.user("Ben")


async def test_a_draft_saved_twice_with_one_key_is_one_workflow(bench, asha):
    first = await bench.service.save_new(asha, DRAFT, key="k")
    again = await bench.service.save_new(asha, replace(DRAFT, name="Other"), key="k")
    assert again.id == first.id
    assert [one.name for one in await bench.service.of_user(asha)] == ["Weekly"]


async def test_what_was_saved_opens_as_the_draft_it_was(bench, asha):
    beside = (DraftStep("generate_mom"), DraftStep("save_data"), DraftStep("api_call", beside=True))
    for steps in (DRAFT.steps, beside):
        draft = replace(DRAFT, steps=steps)
        draft = replace(draft, name=f"Weekly {len(steps)}")
        saved = await bench.service.save_new(asha, draft, key=str(len(steps)))
        assert draft_of(saved) == draft


async def test_a_second_workflow_of_one_name_is_refused_and_an_edit_keeps_its_own(bench, asha, ben):
    taken = "You have a workflow of that name. Choose another."
    first = await bench.service.save_new(asha, DRAFT, key="k")
    with pytest.raises(RefusedError, match=taken):
        await bench.service.save_new(asha, replace(DRAFT, name=" wEEKLY "), key="k2")
    other = await bench.service.save_new(asha, replace(DRAFT, name="Other"), key="k3")
    with pytest.raises(RefusedError, match=taken):
        await bench.service.save_edit(asha, other.id, DRAFT, other.version)
    assert (await bench.service.save_edit(asha, first.id, DRAFT, first.version)).version == 2
    await bench.service.save_new(ben, DRAFT, key="k")


async def test_one_of_two_that_another_program_named_alike_can_be_changed(bench, asha):
    await bench.workflow(asha, "save_data", name="Weekly")
    second = await bench.workflow(asha, "save_data", name="Weekly")
    assert (await bench.service.save_edit(asha, second.id, DRAFT, second.version)).version == 2


async def test_the_hundred_and_first_workflow_is_refused(bench, asha, ben):
    for number in range(MOST_WORKFLOWS):
        await bench.workflow(asha, "save_data", name=f"W{number}")
    with pytest.raises(RefusedError, match="which is the most"):
        await bench.service.save_new(asha, DRAFT, key="k")
    await bench.service.save_new(ben, DRAFT, key="k")


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"name": " \n "}, "Workflow name is required"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"steps": ()}, "Please add at least one action node"),
        ({"steps": (DraftStep("save_data"),) * 21}, "at most 20 steps"),
        ({"steps": (DraftStep("send_email"),)}, "I can't do send_email here"),
        ({"trigger": TriggerName.WEBHOOK}, "I can't start workflows by webhook here"),
        (
            {"steps": (DraftStep("save_data", {"says": "{{ steps.later.x }}"}),)},
            "later",
        ),
    ],
)
async def test_a_draft_that_could_not_run_is_refused_in_words(bench, asha, change, sentence):
    with pytest.raises(RefusedError, match=sentence):
        await bench.service.save_new(asha, replace(DRAFT, **change), key="k")
    assert await bench.service.of_user(asha) == []


async def test_an_edit_is_the_next_version_and_one_of_an_older_is_refused(bench, asha):
    saved = await bench.service.save_new(asha, DRAFT, key="k")
    renamed = replace(DRAFT, name="Renamed")
    second = await bench.service.save_edit(asha, saved.id, renamed, 1)
    assert (second.version, second.name) == (2, "Renamed")
    with pytest.raises(StaleError):
        await bench.service.save_edit(asha, saved.id, DRAFT, 1)


async def test_deleting_asks_for_the_version_that_was_shown(bench, asha):
    saved = await bench.service.save_new(asha, DRAFT, key="k")
    with pytest.raises(StaleError, match="was changed since you asked"):
        await bench.service.delete(asha, saved.id, 2)
    assert (await bench.service.delete(asha, saved.id, 1)).name == "Weekly"
    with pytest.raises(NotFoundError):
        await bench.service.delete(asha, saved.id, 1)


async def test_anothers_workflow_is_as_if_it_were_not_there(bench, asha, ben):
    saved = await bench.service.save_new(asha, DRAFT, key="k")
    for call in (
        bench.service.get(ben, saved.id),
        bench.service.save_edit(ben, saved.id, DRAFT, 1),
        bench.service.delete(ben, saved.id, 1),
        bench.service.start(ben, saved.id, Signal("k", {}, "Ben")),
    ):
        with pytest.raises(NotFoundError, match="can't find that workflow"):
            await call
    assert await bench.service.find(ben, "weekly") == []
    assert [one.id for one in await bench.service.find(asha, "weekly")] == [saved.id]


async def test_starting_twice_with_one_key_is_one_run_and_wakes_the_worker(bench, asha):
    workflow = await bench.workflow(asha, "save_data")
    first = await bench.start(asha, workflow)
    assert (await bench.start(asha, workflow)).id == first.id
    assert (await bench.start(asha, workflow, key="k2")).id != first.id
    assert len(bench.announced) == 3
    assert re.fullmatch(r"R-[0-9A-F]+", first.short_id)


async def test_a_workflow_with_a_step_that_is_not_here_does_not_start(bench, asha):
    workflow = await bench.workflow(asha, "save_data", "send_email")
    with pytest.raises(RefusedError, match="I can't do send_email here, so I did not start"):
        await bench.start(asha, workflow)
    with pytest.raises(RefusedError, match="Please add at least one action node"):
        await bench.start(asha, await bench.workflow(asha))


async def test_pages_of_runs_end_where_they_end(bench, asha):
    workflow = await bench.workflow(asha, "save_data")
    for number in range(3):
        await bench.start(asha, workflow, key=str(number))
    assert len((await bench.runs.page(asha, LogFilter(), 2, 2)).runs) == 1
    for number, sentence in ((3, "There are only 2 pages"), (0, "There are only 2 pages")):
        with pytest.raises(RefusedError, match=sentence):
            await bench.runs.page(asha, LogFilter(), number, 2)
    with pytest.raises(RefusedError, match="There is only 1 page"):
        await bench.runs.page(asha, LogFilter(), 2)


async def failed_at(bench, user, step):
    workflow = await bench.workflow(user, "generate_mom", "save_data", "api_call")
    await bench.start(user, workflow, key=f"fails-{step}")
    bench.marks.fail_at = step
    run = await bench.worker().work_once()
    bench.marks.fail_at = None
    return await bench.runs.get(user, run.id)


async def test_a_retry_does_what_was_not_done_once_with_what_was(bench, asha):
    failed = await failed_at(bench, asha, "save_data")
    retried = await bench.runs.retry(asha, failed)
    assert [step.id for step in retried.plan] == ["save_data", "api_call"]
    assert (retried.retry_of, set(retried.carried)) == (failed.short_id, {"generate_mom"})
    with pytest.raises(RefusedError, match=f"Already retried as {retried.short_id}"):
        await bench.runs.retry(asha, failed)
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert len(bench.marks.done) == 3


async def test_what_still_runs_or_went_well_has_nothing_to_retry(bench, asha):
    workflow = await bench.workflow(asha, "save_data")
    run = await bench.start(asha, workflow)
    with pytest.raises(RefusedError, match="is still running"):
        await bench.runs.retry(asha, run)
    await bench.worker().work_once()
    with pytest.raises(RefusedError, match="Nothing failed"):
        await bench.runs.retry(asha, await bench.runs.get(asha, run.id))


async def test_a_retry_may_take_the_workflow_as_it_is_now(bench, asha):
    failed = await failed_at(bench, asha, "save_data")
    draft = Draft("Weekly", TriggerName.MANUAL, (DraftStep("generate_mom"), DraftStep("api_call")))
    await bench.service.save_edit(asha, failed.workflow_id, draft, 1)
    retried = await bench.runs.retry(asha, failed, current=True)
    assert [(step.id, step.after) for step in retried.plan] == [("api_call", ())]
    assert (failed.workflow_version, retried.workflow_version) == (1, 2)


async def test_a_retry_of_steps_that_changed_places_is_refused_rather_than_mixed_up(bench, asha):
    one, two = DraftStep("save_data", {"says": "one"}), DraftStep("save_data", {"says": "two"})
    draft = Draft("Twice", TriggerName.MANUAL, (one, two))
    workflow = await bench.service.save_new(asha, draft, key="w")
    bench.marks.fail_at = "save_data#2"
    await bench.start(asha, workflow)
    failed = await bench.worker().work_once()
    turned = Draft("Twice", TriggerName.MANUAL, (two, one))
    await bench.service.save_edit(asha, workflow.id, turned, 1)
    with pytest.raises(RefusedError, match=f"Try: retry {failed.short_id} failed saved"):
        await bench.runs.retry(asha, failed, current=True)


async def test_all_of_a_run_again_takes_its_steps_as_they_were_then(bench, asha):
    failed = await failed_at(bench, asha, "save_data")
    draft = Draft("Weekly", TriggerName.MANUAL, (DraftStep("api_call"),))
    await bench.service.save_edit(asha, failed.workflow_id, draft, 1)
    every = await bench.runs.repeat(asha, failed, "k")
    assert [step.id for step in every.plan] == [step.id for step in failed.plan]
    assert (every.retry_of, every.workflow_version, every.carried) == (failed.short_id, 1, {})
    assert (await bench.runs.repeat(asha, failed, "k")).id == every.id
    ended = await bench.worker().work_once()
    assert len(ended.actions_executed) == 3
    part = await bench.runs.retry(asha, failed)
    await bench.worker().work_once()
    part = await bench.runs.get(asha, part.id)
    with pytest.raises(RefusedError, match=f"Try: retry {failed.short_id} all"):
        await bench.runs.repeat(asha, part, "k2")


async def test_again_is_a_new_run_with_the_same_inputs_and_once_a_key(bench, asha):
    workflow = await bench.workflow(asha, "save_data")
    run = await bench.start(asha, workflow, notes="hello")
    again = await bench.runs.again(asha, run, "again")
    assert again.id != run.id
    assert (again.inputs, again.retry_of) == ({"notes": "hello"}, run.short_id)
    assert (await bench.runs.again(asha, run, "again")).id == again.id
    await bench.service.delete(asha, workflow.id, 1)
    with pytest.raises(NotFoundError):
        await bench.runs.again(asha, run, "more")


async def test_cancelling_stops_once_and_only_ones_own(bench, asha, ben):
    run = await bench.start(asha, await bench.workflow(asha, "save_data"))
    with pytest.raises(RefusedError, match="has ended already"):
        await bench.runs.cancel(ben, run)
    assert (await bench.runs.cancel(asha, run)).status is RunStatus.FAILED
    with pytest.raises(RefusedError, match="has ended already"):
        await bench.runs.cancel(asha, run)
    assert await bench.worker().work_once() is None
    assert bench.marks.done == []


async def test_nobody_answers_what_nobody_asked(bench, asha):
    run = await bench.start(asha, await bench.workflow(asha, "save_data"))
    assert run.steps[0].status is StepStatus.WAITING
    with pytest.raises(RefusedError, match="That question is answered already"):
        await bench.runs.answer(asha, run, "save_data", done=True)


async def test_runs_are_found_by_what_people_call_them_and_only_their_own(bench, asha, ben):
    run = await bench.start(asha, await bench.workflow(asha, "save_data"))
    assert (await bench.runs.by_short_id(asha, f"  {run.short_id.lower()} ")).id == run.id
    for call in (bench.runs.by_short_id(ben, run.short_id), bench.runs.get(ben, run.id)):
        with pytest.raises(NotFoundError, match="Log not found"):
            await call
