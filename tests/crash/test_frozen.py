"""A worker stands still for longer than its lease, as a frozen machine does, and comes back."""

import pytest

from tests.crash.worker_process import FROZEN, UP, Doom

NAMES = ("teams_post as bot", "send_email without Mail.Read", "create_calendar", "api_call PUT")
POINTS = [("before", "outcome"), ("after", "outcome")]


@pytest.mark.crash
async def test_a_worker_that_comes_back_after_its_lease_changes_nothing(ground):
    ground.may(without="Mail.Read")
    attempts = [ground.attempts[name] for name in NAMES]
    frozen, marks = [], {}
    for attempt in attempts:
        for point in POINTS:
            mark = f"f{len(frozen)}"
            step = attempt.step(0, f"{mark}.")
            after = ground.attempts["save_data"].step(1, f"{mark}after.", after=[step.id])
            run = await ground.accept(mark, [step, after])
            worker = ground.start(doom=Doom(*point, 0), freezes=True, only=run.id)
            assert await worker.says(UP)
            assert await worker.says(FROZEN)
            frozen.append(worker)
            marks[mark] = attempt.action
    await ground.worker()
    logs = await ground.all_ended(len(frozen))
    asking = [log["statusDetail"] == "waiting_answer" for log in logs.values()]
    # Nobody can tell of the first two actions whether they were done before the outcome was.
    assert asking == [True, False, True, False, False, False, False, False]
    for worker in frozen:
        assert await worker.thaw() == 0
    assert ground.logs() == logs
    for mark, action in marks.items():
        assert ground.outside.effects(action, f"{mark}.") == 1
