from tests.bot.teams.conftest import checker, connector, keys  # noqa
"""help's answer time with and without 200 sign-ins waiting for an Entra of 300 ms."""
import asyncio, statistics, time
import pytest
from tests.fakes.activities import message
from tests.fakes.entra import Person
from tests.fakes.keys import TENANT

async def test_measure(replica, entra, storage, clock, http, keys, connector):
    from tests.fakes.edge import TestedEdge
    async def answer(turn): return ["help"]
    people=[Person(f"00000000-0000-4000-8000-{n:012d}") for n in range(200)]
    entra.add(*people)
    users=[await storage.users.seen(microsoft_id=f"{p.oid}.{TENANT}",email="",name="S",now=clock.now()) for p in people]
    c=entra.http(); post=c.post
    def slowly(u,**m): time.sleep(0.3); return post(u,**m)
    c.post=slowly
    tokens=replica(c)
    sso=[entra.sso_token(p) for p in people]
    async with TestedEdge(keys=keys, connector=connector, storage=storage, clock=clock, answer=answer) as edge:
        async def helps(n):
            out=[]
            for _ in range(n):
                a=time.perf_counter(); s,_b=await edge.post(message(connector.service_url,"help")); assert s==200; out.append((time.perf_counter()-a)*1000)
            return out
        await helps(20)
        idle=await helps(200)
        t=asyncio.gather(*(tokens.exchange(u,x) for u,x in zip(users,sso)))
        await asyncio.sleep(0.1)
        a=time.perf_counter(); busy=await helps(200); took=time.perf_counter()-a
        print("still signing:", not t.done(), "helps took", round(took,2))
        a=time.perf_counter(); await t
        for n,v in (("idle",idle),("busy",busy)):
            print(n,"p50 %.1f p95 %.1f max %.1f ms"%(statistics.median(v),sorted(v)[190],max(v)))
