"""A slow Entra makes sign-ins slow, and nothing else."""

import asyncio
import threading

from tests.fakes.entra import Person
from tests.fakes.keys import TENANT

PEOPLE = 200


async def test_two_hundred_sign_ins_at_once_leave_the_loop_free(
    replica, entra, storage, clock, prover
):
    people = [Person(f"00000000-0000-4000-8000-{n:012d}") for n in range(PEOPLE)]
    entra.add(*people)
    users = [
        await storage.users.seen(
            microsoft_id=f"{one.oid}.{TENANT}", email="", name="Somebody", now=clock.now()
        )
        for one in people
    ]
    http = entra.http()
    post, asked, answers = http.post, threading.Event(), threading.Event()

    def slowly(url, **more):
        asked.set()
        assert answers.wait(60), "the loop waited for Entra, so that nobody could let it answer"
        return post(url, **more)

    http.post = slowly
    tokens = replica(http)
    sso = [entra.sso_token(one) for one in people]
    signing = [asyncio.create_task(tokens.exchange(u, t)) for u, t in zip(users, sso, strict=True)]
    assert await asyncio.to_thread(asked.wait, 60)
    for user in users[:20]:  # everybody else is served meanwhile
        assert await storage.users.get(user.id) == user
    assert not any(task.done() for task in signing)
    answers.set()
    await asyncio.gather(*signing)
    assert entra.count("jwt-bearer") == PEOPLE
