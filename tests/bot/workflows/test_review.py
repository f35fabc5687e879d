"""Nothing leaves before its sender has seen it; what is sent is what was shown."""

import asyncio
from dataclasses import replace

import pytest

from bot.workflows.trigger import Signal
from storage.errors import NotFoundError, RefusedError
from storage.models import (
    Conversation,
    ConversationKind,
    RunStatus,
    StatusDetail,
    StepStatus,
    TriggerName,
)
from tests.fakes.canvases import lay_out
from tests.fakes.toys import Instead

BEN = "ben@contoso.example"
CHEN = "chen@acme.example"
CHANNEL = Conversation("19:c@thread.tacv2", ConversationKind.CHANNEL, "t", "https://x/", "28:b")


@pytest.fixture
def post(bench):
    """A bench whose mail goes to Ben and Chen, and whose calendar entry to Ben."""
    bench.actions["send_email"] = bench.marks.letter(
        "send_email", {"to": f"{BEN},{CHEN}", "says": "Minutes"}
    )
    bench.actions["create_calendar"] = bench.marks.letter(
        "create_calendar", {"to": BEN, "says": "Follow-up"}
    )
    return bench


async def started(bench, user, policy="ask", actions=("generate_mom", "send_email")):
    return await bench.start(user, await bench.workflow(user, *actions, policy=policy))


def sends(bench):
    return [mark for mark in bench.marks.done if isinstance(mark, tuple)]


async def test_a_run_waits_with_what_would_leave_and_nothing_has_left(post):
    user = await post.user()
    await started(post, user)
    run = await post.worker().work_once()
    assert (run.status, run.detail) == (RunStatus.RUNNING, StatusDetail.WAITING_REVIEW)
    assert run.actions_executed == ("generate_mom",)
    assert run.steps[1].status is StepStatus.REVIEW
    assert run.steps[1].hold["settings"] == {"to": f"{BEN},{CHEN}", "says": "Minutes"}
    assert run.steps[1].hold["external"] == [CHEN]
    assert sends(post) == []
    assert await post.worker().work_once() is None


async def test_exactly_what_was_edited_is_sent_once_however_often_send_is_pressed(post):
    user = await post.user()
    run = await started(post, user)
    run = await post.worker().work_once()
    edited = {"to": BEN, "says": "{{ steps.generate_mom.said }} stays as typed"}
    await asyncio.gather(*(post.runs.send(user, run, {1: edited}) for _ in range(3)))
    ended = await post.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert sends(post) == [(f"{run.id}:send_email", BEN, edited["says"])]
    again = await post.runs.send(user, run, {1: {"to": CHEN, "says": "other"}})
    assert again.status is RunStatus.COMPLETED
    assert len(sends(post)) == 1


async def test_siblings_wait_together_and_each_goes_when_it_is_sent(post):
    user = await post.user()
    titles = {"manual": "m", "generate_mom": "g", "send_email": "s", "create_calendar": "c"}
    groups = [["generate_mom"], ["send_email", "create_calendar"]]
    canvas = lay_out(TriggerName.MANUAL, groups, {}, titles)
    actions = ("generate_mom", "send_email", "create_calendar")
    await post.start(user, await post.workflow(user, *actions, canvas=canvas))
    run = await post.worker().work_once()
    assert [step.status for step in run.steps[1:]] == [StepStatus.REVIEW] * 2
    await post.runs.send(user, run, {2: {"to": BEN, "says": "Follow-up"}})
    run = await post.worker().work_once()
    assert run.detail is StatusDetail.WAITING_REVIEW
    assert run.actions_executed == ("generate_mom", "create_calendar")
    await post.runs.leave_out(user, run, 1)
    ended = await post.worker().work_once()
    assert ended.status is RunStatus.COMPLETED
    assert ended.actions_executed == ("generate_mom", "create_calendar")
    assert [mark[0] for mark in sends(post)] == [f"{run.id}:create_calendar"]


async def test_a_step_left_out_does_not_stop_what_follows_it(post):
    user = await post.user()
    await started(post, user, actions=("send_email", "save_data"))
    run = await post.worker().work_once()
    await post.runs.leave_out(user, run, 0)
    ended = await post.worker().work_once()
    assert ended.actions_executed == ("save_data",)


async def test_only_the_runner_can_send(post):
    asha, ben = await post.user(), await post.user("Ben")
    workflow = await post.workflow(asha, "generate_mom", "send_email", policy="ask")
    await post.service.start(asha, workflow.id, Signal("k1", {}, "Asha", CHANNEL))
    run = await post.worker().work_once()
    reply = replace(CHANNEL, id=f"{CHANNEL.id};messageid=1")
    with pytest.raises(RefusedError, match="Only Asha can send this"):
        await post.runs.of_runner(ben, run.id, reply, "send")
    with pytest.raises(NotFoundError):
        await post.runs.of_runner(ben, run.id, None, "send")
    assert (
        await post.storage.runs.decide_step(
            ben.id,
            run.id,
            1,
            status=StepStatus.WAITING,
            hold={"approved": True},
            now=post.clock.now(),
        )
        is None
    )


@pytest.mark.parametrize(
    ("policy", "action", "waits"),
    [
        ("ask", "create_calendar", True),
        ("internal-auto", "create_calendar", False),
        ("auto", "create_calendar", False),
        ("internal-auto", "send_email", True),
        ("auto", "send_email", True),
    ],
)
async def test_what_goes_outside_is_always_shown_first(post, policy, action, waits):
    user = await post.user()
    await started(post, user, policy, actions=(action,))
    run = await post.worker().work_once()
    assert (run.detail is StatusDetail.WAITING_REVIEW) is waits
    assert len(sends(post)) == (0 if waits else 1)


async def test_nobody_pressing_for_three_days_ends_the_run_as_expired(post):
    user = await post.user()
    await started(post, user, actions=("generate_mom", "send_email", "save_data"))
    run = await post.worker().work_once()
    post.clock.pass_(72 * 3600)
    ended = await post.worker().work_once()
    assert (ended.status, ended.detail) == (RunStatus.FAILED, StatusDetail.EXPIRED)
    assert ended.error == "Nobody pressed Send within 72 hours."
    assert sends(post) == []
    assert (await post.runs.send(user, run, {1: {"to": BEN}})).status is RunStatus.FAILED


async def test_a_decision_made_while_the_worker_lets_go_is_not_lost(post):
    user = await post.user()
    await started(post, user)

    async def decided_just_then(run_id, *args, **kwargs):
        seen = await post.runs.get(user, run_id)
        await post.runs.send(user, seen, {1: {"to": BEN, "says": "quick"}})
        return await post.storage.runs.wait(run_id, *args, **kwargs)

    storage = replace(post.storage, runs=Instead(post.storage.runs, wait=decided_just_then))
    ended = await post.worker(storage).work_once()
    assert ended.status is RunStatus.COMPLETED
    assert [mark[2] for mark in sends(post)] == ["quick"]


@pytest.mark.parametrize("where", ["send_email", "send_email.run"])
async def test_a_run_waits_for_the_sign_in_and_goes_on_after_it(post, where):
    post.marks.sign_in_at = where
    user = await post.user()
    await started(post, user, "auto", actions=("generate_mom", "create_calendar", "send_email"))
    run = await post.worker().work_once()
    if where.endswith(".run"):
        assert run.detail is StatusDetail.WAITING_REVIEW
        await post.runs.send(user, run, {2: {"to": CHEN, "says": "seen"}})
        run = await post.worker().work_once()
    assert run.detail is StatusDetail.WAITING_SIGN_IN
    assert run.steps[2].status is StepStatus.SIGN_IN
    assert run.steps[2].error == "Sign in, to send mail as you."
    post.marks.sign_in_at = None
    assert await post.storage.runs.wake_signed_in(user.id, now=post.clock.now()) == 1
    run = await post.worker().work_once()
    if where.endswith(".run"):
        assert run.status is RunStatus.COMPLETED
        assert sends(post)[-1][2] == "seen"  # what was looked at before, and not asked again
    else:
        assert run.detail is StatusDetail.WAITING_REVIEW


async def test_nobody_signing_in_for_a_day_ends_the_run_as_expired(post):
    post.marks.sign_in_at = "send_email"
    user = await post.user()
    await started(post, user)
    await post.worker().work_once()
    post.clock.pass_(24 * 3600)
    ended = await post.worker().work_once()
    assert ended.detail is StatusDetail.EXPIRED
    assert ended.error == "Nobody signed in within 24 hours."


async def test_an_outcome_nobody_knows_is_asked_about_and_not_repeated(post):
    post.marks.unknown_at = "create_calendar"
    user = await post.user()
    await started(post, user, "auto", actions=("create_calendar",))
    run = await post.worker().work_once()
    assert run.detail is StatusDetail.WAITING_ANSWER
    assert run.steps[0].error == "No answer came. Was it posted?"
    await post.runs.answer(user, run, "create_calendar", done=True)
    ended = await post.worker().work_once()
    assert ended.actions_executed == ("create_calendar",)
    assert sends(post) == []
