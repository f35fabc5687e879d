"""A slow Entra makes sign-ins slow, and nothing else."""

import asyncio
import time

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
    post = http.post

    def slowly(url, **more):
        time.sleep(0.02)  # in MSAL's thread: the network's delay
        return post(url, **more)

    http.post = slowly
    tokens = replica(http)
    sso = [entra.sso_token(one) for one in people]
    late = []

    async def watch():
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            late.append(time.monotonic() - before - 0.01)

    watching = asyncio.create_task(watch())
    signing = [tokens.exchange(u, t) for u, t in zip(users, sso, strict=True)]
    await asyncio.gather(*signing)
    watching.cancel()
    assert entra.count("jwt-bearer") == PEOPLE
    assert sorted(late)[int(len(late) * 0.95)] < 0.05
