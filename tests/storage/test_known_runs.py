"""A worker that knows a run does not read again with every step what the run was given."""

from tests.storage.runs import LEASE, WHEN, a_run

CARRIED = {"fetch": {"n": 1}}


async def test_a_write_gives_a_known_run_whole_and_everything_that_moved(storage):
    await storage.runs.accept(a_run(carried=CARRIED))
    known = await storage.runs.claim(now=WHEN, lease=LEASE)
    begun = await storage.runs.begin_step(known.id, known.fence, 0, now=WHEN, known=known)
    done = await storage.runs.end_step(
        known.id, known.fence, 0, action="a", output={"n": 2}, now=WHEN, begin=[1], known=begun
    )
    assert done == await storage.runs.anybodys(known.id)
    assert done.revision == begun.revision + 1 == known.revision + 2


async def test_an_outcome_told_twice_gives_a_known_run_whole(storage):
    await storage.runs.accept(a_run(carried=CARRIED))
    known = await storage.runs.claim(now=WHEN, lease=LEASE)
    told = {"action": "a", "output": None, "now": WHEN, "known": known}
    once = await storage.runs.end_step(known.id, known.fence, 0, **told)
    assert await storage.runs.end_step(known.id, known.fence, 0, **told) == once


async def test_what_a_run_was_given_does_not_come_with_every_write(storage):
    await storage.runs.accept(a_run(inputs={"notes": "in the database"}))
    known = await storage.runs.claim(now=WHEN, lease=LEASE)
    known.inputs["notes"] = "in memory"
    begun = await storage.runs.begin_step(known.id, known.fence, 0, now=WHEN, known=known)
    assert begun.inputs == {"notes": "in memory"}
