"""Sign-ins under way: known to who holds the secret, for minutes, and taken by one."""

import asyncio
from datetime import timedelta

import pytest

from storage.errors import RefusedError, SealError
from storage.sign_ins import SignInKind

FLOW = SignInKind.FLOW
DATA = {"state": "CANARY-state", "scopes": ["Mail.Send"]}
OWNER = "a" * 24


@pytest.fixture
def keep(storage, clock):
    async def keep(secret="s", data=DATA, minutes=10, kind=FLOW):
        await storage.sign_ins.keep(
            kind, secret, data, user_id=OWNER, expires_at=clock.now() + timedelta(minutes=minutes)
        )

    return keep


async def test_of_ten_who_take_it_one_gets_it(storage, keep, clock):
    await keep()
    assert await storage.sign_ins.read(FLOW, "s", now=clock.now()) == DATA
    taken = await asyncio.gather(
        *(storage.sign_ins.take(FLOW, "s", now=clock.now()) for _ in range(10))
    )
    assert [one for one in taken if one is not None] == [DATA]
    assert await storage.sign_ins.read(FLOW, "s", now=clock.now()) is None


async def test_what_has_expired_is_not_there_even_before_it_is_swept(storage, keep, clock, raw):
    await keep(minutes=1)
    clock.pass_(60)
    assert await storage.sign_ins.read(FLOW, "s", now=clock.now()) is None
    assert await storage.sign_ins.take(FLOW, "s", now=clock.now()) is None
    assert raw.signins.count_documents({}) == 1
    indexes = raw.signins.index_information().values()
    assert [i for i in indexes if i.get("expireAfterSeconds") == 0]


async def test_the_database_holds_neither_the_secret_nor_what_it_opens(keep, raw):
    await keep("CANARY-secret")
    assert "CANARY" not in str(list(raw.signins.find()))


async def test_kinds_are_kept_apart(storage, keep, clock):
    await keep()
    assert await storage.sign_ins.take(SignInKind.CODE, "s", now=clock.now()) is None
    assert await storage.sign_ins.take(SignInKind.OFFER, "s", now=clock.now()) is None


async def test_a_record_put_in_anothers_place_does_not_open(storage, keep, clock, raw):
    await keep("one")
    await keep("two", {"state": "other"})
    first, second = raw.signins.find()
    raw.signins.update_one({"_id": second["_id"]}, {"$set": {"data": first["data"]}})
    with pytest.raises(SealError):
        await storage.sign_ins.take(FLOW, "two", now=clock.now())


async def test_the_latest_of_a_user_is_the_one_that_lasts_longest(storage, keep, clock):
    await keep("one", {"n": 1}, minutes=5)
    await keep("two", {"n": 2}, minutes=10)
    await keep("three", {"n": 3}, minutes=20, kind=SignInKind.CODE)
    latest = storage.sign_ins.latest
    assert await latest(FLOW, OWNER, now=clock.now()) == {"n": 2}
    assert await latest(FLOW, "b" * 24, now=clock.now()) is None


async def test_of_five_who_claim_an_exchange_one_has_to_do_it(storage, clock):
    def claim():
        return storage.sign_ins.exchange(
            "k", user_id=OWNER, now=clock.now(), expires_at=clock.now() + timedelta(minutes=5)
        )

    claims = await asyncio.gather(*(claim() for _ in range(5)))
    assert sorted(one.ours for one in claims) == [False] * 4 + [True]
    assert await storage.sign_ins.outcome("k", now=clock.now()) is None
    await storage.sign_ins.settle("k", "no consent")
    assert (await claim()).outcome == "no consent"
    assert await storage.sign_ins.outcome("k", now=clock.now()) == "no consent"
    clock.pass_(301)
    assert (await claim()).ours  # whoever had it died long ago


async def test_a_sign_in_is_not_a_place_to_keep_things(keep):
    with pytest.raises(RefusedError):
        await keep(data={"x": "y" * 20_000})


@pytest.mark.parametrize("secret", ["", "\ud800", "\0", "x" * 100_000, "$ne"])
async def test_any_text_may_be_asked_for(storage, clock, secret):
    assert await storage.sign_ins.take(FLOW, secret, now=clock.now()) is None
