"""A token cache: sealed, one person's, and never overwritten by somebody who saw an older one."""

import asyncio
from contextlib import closing

import pytest

from bot.auth.vault import Vault
from storage.database import open_storage
from storage.errors import NotFoundError, SealError, StaleError
from storage.models import Tokens

NOTHING = Tokens(None, None, None)


@pytest.fixture
async def ana(storage, clock):
    return await storage.users.seen(
        microsoft_id="ana.tenant", email="ana@contoso.example", name="Ana", now=clock.now()
    )


@pytest.fixture
async def ben(storage, clock):
    return await storage.users.seen(
        microsoft_id="ben.tenant", email="ben@contoso.example", name="Ben", now=clock.now()
    )


@pytest.fixture
def keep(storage, clock):
    async def keep(user, text, *, expected=0, granted=("User.Read",), tokens=NOTHING):
        return await storage.token_caches.keep(
            user.id, text, expected=expected, granted=granted, tokens=tokens, now=clock.now()
        )

    return keep


async def test_what_was_kept_comes_back_to_its_owner_only_when_asked_for(storage, ana, keep, raw):
    assert (await storage.token_caches.load(ana.id)).text is None
    assert await keep(ana, "CANARY-cache") == 1
    kept = await storage.token_caches.load(ana.id)
    assert (kept.text, kept.version, kept.granted) == ("CANARY-cache", 1, {"User.Read"})
    assert "CANARY" not in repr(kept)
    assert "CANARY" not in str(list(raw.users.find()))
    assert await storage.users.get(ana.id) == ana
    assert await storage.token_caches.standing(ana.id) == (True, frozenset({"User.Read"}), 1)


async def test_the_tokens_of_the_stored_contract_keep_step(storage, ana, keep, raw, clock):
    tokens = Tokens("CANARY-access", "CANARY-refresh", clock.now())
    await keep(ana, "cache", tokens=tokens)
    assert await storage.users.tokens(ana.id) == tokens
    await keep(ana, "cache", expected=1)  # a change that brought no token leaves them
    assert await storage.users.tokens(ana.id) == tokens
    assert await storage.token_caches.forget(ana.id, now=clock.now())
    assert await storage.users.tokens(ana.id) is None
    left = {"_id", "microsoftId", "email", "name", "createdAt", "updatedAt", "tokenVersion"}
    assert set(raw.users.find_one()) == left


async def test_of_ten_at_once_one_keeps_and_the_others_learn_of_it(storage, ana, keep):
    outcomes = await asyncio.gather(
        *(keep(ana, f"cache {n}") for n in range(10)), return_exceptions=True
    )
    assert [outcome for outcome in outcomes if not isinstance(outcome, StaleError)] == [1]
    assert (await storage.token_caches.load(ana.id)).version == 1


async def test_a_sign_out_is_not_undone_by_what_began_before_it(storage, ana, keep, clock):
    await keep(ana, "cache")
    await storage.token_caches.forget(ana.id, now=clock.now())
    with pytest.raises(StaleError):
        await keep(ana, "renewed", expected=1)
    with pytest.raises(StaleError):
        await keep(ana, "renewed", expected=0)
    gone = await storage.token_caches.load(ana.id)
    assert (gone.text, gone.version, gone.granted) == (None, 2, frozenset())


async def test_a_permission_taken_back_is_no_longer_listed(storage, ana, keep, clock):
    await keep(ana, "cache", granted=("User.Read", "Mail.Send"))
    await storage.token_caches.withdraw(ana.id, ("Mail.Send", "Other"), now=clock.now())
    assert (await storage.token_caches.load(ana.id)).granted == {"User.Read"}
    await storage.token_caches.forget(ana.id, now=clock.now())
    await storage.token_caches.withdraw(ana.id, ("User.Read",), now=clock.now())
    assert (await storage.token_caches.load(ana.id)).granted == frozenset()


async def test_moved_to_another_or_made_plain_it_opens_for_nobody(storage, ana, ben, keep, raw):
    await keep(ana, "cache")
    sealed = raw.users.find_one({"name": "Ana"})["tokenCache"]
    for changed in (sealed, "cache", sealed.replace("cf1.k1.", ""), sealed[:-4] + "AAAA"):
        raw.users.update_one({"name": "Ben"}, {"$set": {"tokenCache": changed}})
        with pytest.raises(SealError):
            await storage.token_caches.load(ben.id)
    raw.users.update_one({"name": "Ana"}, {"$set": {"accessToken": sealed}})
    with pytest.raises(SealError):
        await storage.users.tokens(ana.id)  # not even to another place of the same person's


async def test_caches_move_to_a_new_key_with_the_tokens(storage, ana, keep, mongo_uri, raw, clock):
    await keep(ana, "cache", tokens=Tokens("CANARY-a", "CANARY-r", clock.now()))
    rotated = Vault({"k2": b"2" * 32, "k1": b"1" * 32}, "k2")
    with closing(await open_storage(mongo_uri, sealer=rotated)) as newer:
        assert await newer.users.reseal(now=clock.now(), limit=10) == 1
    held = raw.users.find_one()
    assert all(held[f].startswith("cf1.k2.") for f in ("tokenCache", "accessToken", "refreshToken"))
    only_new = Vault({"k2": b"2" * 32}, "k2")
    with closing(await open_storage(mongo_uri, sealer=only_new)) as newer:
        assert (await newer.token_caches.load(ana.id)).text == "cache"


@pytest.mark.parametrize("user_id", ["f" * 24, "", "x", "{'$ne': 1}"])
async def test_nobodys_cache_is_not_found(storage, clock, user_id):
    with pytest.raises(NotFoundError):
        await storage.token_caches.load(user_id)
    with pytest.raises(NotFoundError):
        await storage.token_caches.keep(
            user_id, "c", expected=0, granted=(), tokens=NOTHING, now=clock.now()
        )
    assert not await storage.token_caches.forget(user_id, now=clock.now())
