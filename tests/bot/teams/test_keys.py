"""The bot outlives its key server: keys change, the server stalls, and turns go on."""

import asyncio
import time

import pytest

from tests.fakes.activities import message
from tests.fakes.keys import claims as claims_of
from tests.fakes.keys import jwk, signed


def token_of(edge, kid):
    return signed(claims_of(edge.connector.service_url, edge.clock.now()), kid)


async def status_of(edge, kid="k1", **more):
    token = token_of(edge, kid)
    return (await edge.post(message(edge.connector.service_url, "help"), token=token, **more))[0]


async def test_keys_are_fetched_once_a_day(edge):
    assert [await status_of(edge) for _ in range(3)] == [200, 200, 200]
    assert edge.keys.fetches == 1
    edge.clock.pass_(24 * 3600 + 1)
    assert await status_of(edge) == 200
    await status_of(edge)
    assert edge.keys.fetches == 2


async def test_a_new_key_works_at_once(edge):
    assert await status_of(edge) == 200
    edge.keys.keys = [jwk("k2")]
    edge.clock.pass_(61)
    assert await status_of(edge, "k2") == 200
    assert edge.keys.fetches == 2


async def test_invented_key_ids_ask_the_key_server_at_most_once_a_minute(edge):
    assert await status_of(edge) == 200
    edge.clock.pass_(61)
    assert [await status_of(edge, "alien") for _ in range(20)] == [401] * 20
    assert edge.keys.fetches == 2
    edge.clock.pass_(61)
    await status_of(edge, "alien")
    assert edge.keys.fetches == 3


async def test_many_requests_at_once_fetch_the_keys_once(edge):
    assert await asyncio.gather(*(status_of(edge) for _ in range(20))) == [200] * 20
    assert edge.keys.fetches == 1


async def test_old_keys_serve_a_day_longer_while_the_key_server_is_down(edge):
    assert await status_of(edge) == 200
    edge.keys.status = 500
    edge.clock.pass_(47 * 3600)
    assert await status_of(edge) == 200
    edge.clock.pass_(3600 + 1)
    assert await status_of(edge) == 503
    edge.keys.status = 200
    edge.clock.pass_(6)
    assert await status_of(edge) == 200


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"jwks_uri": 5}', "nonsense"])
async def test_a_key_server_that_talks_nonsense_is_503(edge, body):
    edge.keys.body = body
    assert await status_of(edge) == 503
    edge.keys.body = None
    edge.clock.pass_(6)
    assert await status_of(edge) == 200


async def test_no_key_server_at_all_is_503(edge):
    await edge.keys.__aexit__(None, None, None)
    assert await status_of(edge) == 503
    assert not edge.turns


async def test_a_key_server_that_stalls_does_not_hold_up_the_bot(edge):
    assert await status_of(edge) == 200
    edge.keys.hangs = True
    edge.clock.pass_(24 * 3600 + 1)
    late = await lag_during(status_of(edge))
    assert late < 0.1
    assert len(edge.turns) == 2


async def test_a_new_key_while_the_key_server_stalls_is_503_and_nobody_else_waits(edge_with):
    async with edge_with(key_timeout_seconds=0.3) as edge:
        assert await status_of(edge) == 200
        edge.keys.hangs = True
        edge.clock.pass_(61)
        waiting = asyncio.ensure_future(status_of(edge, "k2"))
        late = await lag_during(status_of(edge))
        assert late < 0.1
        assert not waiting.done()
        assert await waiting == 503


async def lag_during(work):
    """Give the longest the loop was held up while the work was done, in seconds."""
    longest, task = 0.0, asyncio.ensure_future(work)
    while not task.done():
        before = time.perf_counter()
        await asyncio.wait({task}, timeout=0.005)
        longest = max(longest, time.perf_counter() - before - 0.005)
    assert task.result() == 200
    return longest
