"""What a service was too busy for is tried again by itself, where that does no harm."""

from datetime import timedelta

import pytest

from bot.workflows.action import Repeat
from storage.errors import GraphError, RefusedError, RemoteError
from storage.models import RunStatus, StatusDetail, StepStatus

BUSY = "The service is busy."


def busy(seconds=None):
    return RemoteError(BUSY, retryable=True, retry_after_seconds=seconds)


def graph(status=503, seconds=None, *, retryable=True, sent=True):
    return GraphError(
        BUSY, status=status, retryable=retryable, retry_after_seconds=seconds, sent=sent
    )


@pytest.fixture
async def going(bench):
    """Start a run whose api_call is refused as told; gives a way to work and read it."""

    async def start(*errors, repeat=Repeat.KEYED, actions=("api_call", "save_data")):
        bench.actions["api_call"] = bench.marks.toy("api_call", repeat)
        bench.marks.refusals["api_call"] = list(errors)
        user = await bench.user()
        return await bench.start(user, await bench.workflow(user, *actions))

    return start


async def test_it_waits_as_long_as_the_service_asks_and_then_goes_on(bench, going):
    await going(busy(600.0))
    run = await bench.worker().work_once()
    assert (run.status, run.detail) == (RunStatus.RUNNING, StatusDetail.WAITING_RETRY)
    assert (run.steps[0].status, run.steps[0].error) == (StepStatus.LATER, BUSY)
    assert run.due_at == bench.clock.now() + timedelta(seconds=600)
    assert run.leased_until is None  # nobody holds it meanwhile
    bench.clock.pass_(599)
    assert await bench.worker().work_once() is None
    bench.clock.pass_(1)
    ended = await bench.worker().work_once()
    assert (ended.status, ended.error) == (RunStatus.COMPLETED, None)
    assert ended.steps[0].attempts == 2
    assert ended.steps[0].interruptions == 0


async def test_it_tries_four_times_ever_later_and_then_says_why_not(bench, going):
    await going(*[busy()] * 4)
    waits = []
    run = await bench.worker().work_once()
    while run.status is RunStatus.RUNNING:
        waits.append((run.due_at - bench.clock.now()).total_seconds())
        bench.clock.pass_(waits[-1])
        run = await bench.worker().work_once()
    assert waits == [7.5, 15.0, 30.0]
    assert (run.status, run.error) == (RunStatus.FAILED, BUSY)
    assert run.steps[0].attempts == 4
    assert run.steps[1].status is StepStatus.SKIPPED


@pytest.mark.parametrize(
    "error",
    [
        RemoteError(BUSY, retryable=False),
        RefusedError(BUSY),
        busy(25 * 3600.0),  # longer than anybody waits
        graph(),  # Microsoft 365 was asked four times by then
    ],
    ids=["final", "refused", "in-a-day", "graph-without-a-time"],
)
async def test_what_another_try_would_not_mend_fails_at_once(bench, going, error):
    await going(error)
    assert (await bench.worker().work_once()).status is RunStatus.FAILED


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (graph(429, 60.0), StepStatus.LATER),  # turned away: nothing was done
        (graph(0, 60.0, sent=False), StepStatus.LATER),
        (graph(503, 60.0), StepStatus.FAILED),  # perhaps done, and nobody could tell
    ],
    ids=["too-many", "never-left", "perhaps-done"],
)
async def test_what_cannot_be_repeated_is_only_tried_again_when_nothing_was_done(
    bench, going, error, status
):
    await going(error, repeat=Repeat.ASK)
    run = await bench.worker().work_once()
    assert run.steps[0].status is status
    assert bench.marks.done == []


async def test_another_branch_goes_on_while_one_waits(bench):
    user = await bench.user()
    canvas = {
        "nodes": [
            {"id": "t", "type": "trigger", "data": {}},
            *(
                {"id": name, "type": "action", "data": {"actionType": name}}
                for name in ("api_call", "generate_mom", "save_data")
            ),
        ],
        "edges": [
            {"id": "1", "source": "t", "target": "api_call"},
            {"id": "2", "source": "t", "target": "generate_mom"},
            {"id": "3", "source": "generate_mom", "target": "save_data"},
        ],
    }
    bench.marks.refusals["api_call"] = [busy(60.0)]
    actions = ("api_call", "generate_mom", "save_data")
    await bench.start(user, await bench.workflow(user, *actions, canvas=canvas))
    run = await bench.worker().work_once()
    assert run.actions_executed == ("generate_mom", "save_data")
    assert run.detail is StatusDetail.WAITING_RETRY
    bench.clock.pass_(60)
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert ended.actions_executed == ("generate_mom", "save_data", "api_call")


async def test_what_was_seen_and_sent_stays_so_past_the_wait(bench):
    bench.actions["send_email"] = bench.marks.letter("send_email", {"to": "ben@contoso.example"})
    bench.marks.refusals["send_email"] = [graph(429, 60.0)]
    user = await bench.user()
    run = await bench.start(user, await bench.workflow(user, "send_email"))
    run = await bench.worker().work_once()
    sent = {"to": "ben@contoso.example", "says": "seen"}
    await bench.runs.send(user, run, {0: sent})
    run = await bench.worker().work_once()
    assert run.steps[0].status is StepStatus.LATER
    bench.clock.pass_(60)
    ended = await bench.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert [mark[1:] for mark in bench.marks.done] == [("ben@contoso.example", "seen")]


async def test_a_run_that_waits_for_a_better_moment_can_be_cancelled(bench, going):
    run = await going(busy(600.0))
    await bench.worker().work_once()
    user = await bench.user()
    ended = await bench.runs.cancel(user, run)
    assert ended.detail is StatusDetail.CANCELLED
    assert [step.status for step in ended.steps] == [StepStatus.SKIPPED] * 2
    bench.clock.pass_(3600)
    assert await bench.worker().work_once() is None
