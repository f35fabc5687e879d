"""Files that wait for a yes: one for each key, for a day, for one person."""

import asyncio
from datetime import timedelta

import pytest

from storage.errors import NotFoundError, RefusedError
from storage.handovers import MOST_BYTES, HandoverState
from tests.storage.runs import OTHER_USER, USER, WHEN

DAY = timedelta(hours=24)
LEASE = timedelta(minutes=2)


async def keep(storage, *, key="r1:create_ppt", user_id=USER, content=b"deck", now=WHEN):
    return await storage.handovers.keep(
        key=key, user_id=user_id, name="a.pptx", content=content, now=now, expires_at=now + DAY
    )


async def claim(storage, file, *, user_id=USER, now=WHEN):
    return await storage.handovers.claim(user_id, file.id, now=now, lease=LEASE)


async def test_a_file_waits_for_its_person_under_an_id_that_says_nothing(storage, raw):
    file = await keep(storage)
    assert (file.name, file.size, file.state) == ("a.pptx", 4, HandoverState.WAITING)
    assert "r1" not in file.id
    assert await storage.handovers.get(USER, file.id, now=WHEN) == file
    assert await storage.handovers.get(OTHER_USER, file.id, now=WHEN) is None
    assert await storage.handovers.get("nobody", file.id, now=WHEN) is None
    assert raw.handovers.find_one()["expiresAt"] == WHEN + DAY


async def test_the_same_key_is_the_same_file_and_its_card_is_known(storage, raw):
    file = await keep(storage)
    await storage.handovers.shown(file.id, "1700", now=WHEN)
    again = await keep(storage, content=b"another deck", now=WHEN + LEASE)
    assert (again.id, again.size, again.activity_id) == (file.id, 4, "1700")
    assert raw.handovers.count_documents({}) == 1
    assert (await keep(storage, key="r2:create_ppt")).id != file.id


async def test_of_ten_at_once_one_takes_it(storage):
    file = await keep(storage)
    claims = await asyncio.gather(*(claim(storage, file) for _ in range(10)))
    (taken,) = [one for one in claims if one is not None]
    assert taken.content == b"deck"
    assert await storage.handovers.saved(taken, now=WHEN)
    assert await claim(storage, file) is None


async def test_nobody_else_takes_or_declines_it(storage):
    file = await keep(storage)
    for somebody in (OTHER_USER, "nobody", ""):
        assert await claim(storage, file, user_id=somebody) is None
        assert not await storage.handovers.decline(somebody, file.id, now=WHEN)
    assert await claim(storage, file) is not None


async def test_what_did_not_get_through_can_be_taken_again(storage):
    file = await keep(storage)
    first = await claim(storage, file)
    assert await storage.handovers.release(first, now=WHEN)
    assert (await claim(storage, file)).content == b"deck"


async def test_whoever_took_it_and_died_does_not_keep_it_and_cannot_end_it_late(storage):
    file = await keep(storage)
    lost = await claim(storage, file)
    assert await claim(storage, file, now=WHEN + LEASE - timedelta(seconds=1)) is None
    second = await claim(storage, file, now=WHEN + LEASE)
    assert second.content == b"deck"
    assert not await storage.handovers.saved(lost, now=WHEN + LEASE)
    assert not await storage.handovers.release(lost, now=WHEN + LEASE)
    assert await storage.handovers.saved(second, now=WHEN + LEASE)


async def test_a_no_drops_the_bytes_and_is_final(storage, raw):
    file = await keep(storage)
    assert await storage.handovers.decline(USER, file.id, now=WHEN)
    assert not await storage.handovers.decline(USER, file.id, now=WHEN)
    assert await claim(storage, file) is None
    assert "content" not in raw.handovers.find_one()
    found = await storage.handovers.get(USER, file.id, now=WHEN)
    assert found.state is HandoverState.DECLINED


async def test_a_file_under_way_is_not_declined(storage):
    file = await keep(storage)
    taken = await claim(storage, file)
    assert not await storage.handovers.decline(USER, file.id, now=WHEN)
    assert await storage.handovers.saved(taken, now=WHEN)


async def test_after_a_day_it_is_gone(storage):
    file = await keep(storage)
    later = WHEN + DAY
    assert await storage.handovers.get(USER, file.id, now=later) is None
    assert await claim(storage, file, now=later) is None
    assert not await storage.handovers.decline(USER, file.id, now=later)


async def test_ten_megabytes_are_the_most(storage, raw):
    file = await keep(storage, content=b"x" * MOST_BYTES)
    assert len((await claim(storage, file)).content) == MOST_BYTES
    with pytest.raises(RefusedError, match=r"10 MB.*OneDrive"):
        await keep(storage, key="r2:create_ppt", content=b"x" * (MOST_BYTES + 1))
    assert raw.handovers.count_documents({}) == 1


async def test_a_file_is_somebodys(storage):
    with pytest.raises(NotFoundError):
        await keep(storage, user_id="nobody")
