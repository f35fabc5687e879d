"""Users: signing in never fails over an address, and tokens are nobody else's business."""

import asyncio
from contextlib import closing
from dataclasses import asdict

import pytest

from bot.auth.vault import Vault
from storage.database import open_storage
from storage.errors import NotFoundError, SealError
from storage.models import Tokens
from tests.fakes.clock import FakeClock

ASHA = {"microsoft_id": "oid-asha.tenant", "email": "Asha.Rao@Contoso.example", "name": "Asha Rao"}
BEN = {"microsoft_id": "oid-ben.tenant", "email": "ben@contoso.example", "name": "Ben Ortiz"}
SECRETS = Tokens("CANARY-access", "CANARY-refresh", FakeClock().now())


async def test_first_contact_makes_one_user_with_a_lower_case_address_and_no_tokens(
    storage, raw, clock
):
    user = await storage.users.seen(**ASHA, now=clock.now())
    documents = list(raw.users.find())
    assert [d["email"] for d in documents] == ["asha.rao@contoso.example"]
    assert set(documents[0]) == {"_id", "microsoftId", "email", "name", "createdAt", "updatedAt"}
    assert user.id == str(documents[0]["_id"])
    assert await storage.users.get(user.id) == user
    assert await storage.users.tokens(user.id) is None


async def test_seen_again_unchanged_writes_nothing_and_changed_moves_updated_at(storage, clock):
    first = await storage.users.seen(**ASHA, now=clock.now())
    clock.pass_(60)
    assert await storage.users.seen(**ASHA, now=clock.now()) == first
    renamed = await storage.users.seen(**{**ASHA, "email": "asha@new.example"}, now=clock.now())
    assert (renamed.id, renamed.email) == (first.id, "asha@new.example")
    assert renamed.created_at == first.created_at
    assert renamed.updated_at == clock.now()


async def test_an_address_somebody_else_holds_does_not_stop_the_sign_in(storage, clock):
    asha = await storage.users.seen(**ASHA, now=clock.now())
    ben = await storage.users.seen(**{**BEN, "email": ASHA["email"]}, now=clock.now())
    assert ben.id != asha.id
    assert ben.clashing_email == asha.email
    assert ben.email != asha.email
    again = await storage.users.seen(**{**BEN, "email": ASHA["email"]}, now=clock.now())
    assert again.id == ben.id
    await storage.users.seen(**{**ASHA, "email": "moved@contoso.example"}, now=clock.now())
    healed = await storage.users.seen(**{**BEN, "email": ASHA["email"]}, now=clock.now())
    assert (healed.email, healed.clashing_email) == ("asha.rao@contoso.example", None)


async def test_people_without_an_address_do_not_clash(storage, clock):
    first = await storage.users.seen(**{**ASHA, "email": ""}, now=clock.now())
    second = await storage.users.seen(**{**BEN, "email": " "}, now=clock.now())
    assert first.email != second.email
    assert first.clashing_email is second.clashing_email is None
    assert await storage.users.seen(**{**ASHA, "email": ""}, now=clock.now()) == first


async def test_twenty_first_contacts_at_once_make_one_user(storage, raw, clock):
    users = await asyncio.gather(
        *(storage.users.seen(**ASHA, now=clock.now()) for _ in range(20)),
        *(storage.users.seen(**{**BEN, "email": ASHA["email"]}, now=clock.now()) for _ in range(9)),
    )
    assert len({user.id for user in users}) == 2
    assert raw.users.count_documents({}) == 2
    clashing = [user for user in users if user.clashing_email]
    assert {user.clashing_email for user in clashing} == {"asha.rao@contoso.example"}
    assert len({user.id for user in clashing}) == 1


async def test_tokens_come_back_only_when_asked_for_by_name(storage, raw, clock):
    user = await storage.users.seen(**ASHA, now=clock.now())
    await storage.users.keep_tokens(user.id, SECRETS, now=clock.now())
    assert await storage.users.tokens(user.id) == SECRETS
    others = [
        await storage.users.get(user.id),
        await storage.users.seen(**ASHA, now=clock.now()),
        await storage.users.seen(**{**ASHA, "name": "Asha R."}, now=clock.now()),
    ]
    assert "CANARY" not in repr([asdict(other) for other in others])
    document = raw.users.find_one()
    assert "CANARY" not in repr(document)
    assert all(isinstance(document[name], str) for name in ("accessToken", "refreshToken"))
    assert others[0].token_expires_at == SECRETS.expires_at


async def test_tokens_do_not_even_leave_the_database_unless_asked_for_by_name(storage, raw, clock):
    user = await storage.users.seen(**ASHA, now=clock.now())
    await storage.users.keep_tokens(user.id, SECRETS, now=clock.now())
    raw.command("profile", 2)
    await storage.users.get(user.id)
    await storage.users.seen(**{**ASHA, "name": "Asha R."}, now=clock.now())
    await asyncio.gather(*(storage.users.seen(**ASHA, now=clock.now()) for _ in range(5)))
    raw.command("profile", 0)
    asked = [entry["command"] for entry in raw["system.profile"].find({"ns": raw.users.full_name})]
    raw["system.profile"].drop()
    kept_back = [c.get("projection", c.get("fields")) for c in asked]
    assert len(asked) >= 3
    assert kept_back == [{"accessToken": 0, "refreshToken": 0, "tokenCache": 0}] * len(asked)


async def test_a_token_renewed_while_it_is_being_resealed_is_not_overwritten(mongo_uri, raw, clock):
    keys = {"k2": b"2" * 32, "k1": b"1" * 32}
    with closing(await open_storage(mongo_uri, sealer=Vault(keys, "k1"))) as before:
        user = await before.users.seen(**ASHA, now=clock.now())
        await before.users.keep_tokens(user.id, SECRETS, now=clock.now())
        renewed = before.users._sealed(user.id, "refreshToken", "renewed")

        class RenewedMeanwhile(Vault):
            def open(self, sealed, *, owner):
                raw.users.update_one({}, {"$set": {"refreshToken": renewed}})
                return super().open(sealed, owner=owner)

        with closing(await open_storage(mongo_uri, sealer=RenewedMeanwhile(keys, "k2"))) as after:
            assert await after.users.reseal(now=clock.now(), limit=9) == 0
        assert (await before.users.tokens(user.id)).refresh_token == "renewed"


async def test_a_token_taken_away_is_gone(storage, raw, clock):
    user = await storage.users.seen(**ASHA, now=clock.now())
    await storage.users.keep_tokens(user.id, SECRETS, now=clock.now())
    await storage.users.keep_tokens(user.id, Tokens(None, None, None), now=clock.now())
    assert await storage.users.tokens(user.id) is None
    assert not {"accessToken", "refreshToken", "tokenExpiresAt"} & set(raw.users.find_one())


async def test_a_token_copied_to_another_user_or_field_does_not_open(storage, raw, clock):
    asha = await storage.users.seen(**ASHA, now=clock.now())
    ben = await storage.users.seen(**BEN, now=clock.now())
    await storage.users.keep_tokens(asha.id, SECRETS, now=clock.now())
    stolen = raw.users.find_one({"microsoftId": ASHA["microsoft_id"]})
    for access, refresh in (
        (stolen["accessToken"], stolen["refreshToken"]),
        ("plain text", None),
    ):
        raw.users.update_one(
            {"microsoftId": BEN["microsoft_id"]},
            {"$set": {"accessToken": access, "refreshToken": refresh}},
        )
        with pytest.raises(SealError):
            await storage.users.tokens(ben.id)
    swapped = {"accessToken": stolen["refreshToken"], "refreshToken": stolen["accessToken"]}
    raw.users.update_one({"_id": stolen["_id"]}, {"$set": swapped})
    with pytest.raises(SealError):
        await storage.users.tokens(asha.id)


async def test_a_new_key_seals_everybody_anew_in_portions(mongo_uri, raw, clock):
    old = await open_storage(mongo_uri, sealer=Vault({"k1": b"1" * 32}, "k1"))
    ids = []
    for n in range(5):
        user = await old.users.seen(
            microsoft_id=f"u{n}.t", email=f"u{n}@x.example", name="U", now=clock.now()
        )
        await old.users.keep_tokens(user.id, SECRETS, now=clock.now())
        ids.append(user.id)
    old.close()
    new = await open_storage(mongo_uri, sealer=Vault({"k2": b"2" * 32, "k1": b"1" * 32}, "k2"))
    assert [await new.users.reseal(now=clock.now(), limit=3) for _ in range(3)] == [3, 2, 0]
    assert [await new.users.tokens(user_id) for user_id in ids] == [SECRETS] * 5
    assert all(d["accessToken"].startswith("cf1.k2.") for d in raw.users.find())
    new.close()
    only_new = await open_storage(mongo_uri, sealer=Vault({"k2": b"2" * 32}, "k2"))
    assert await only_new.users.tokens(ids[0]) == SECRETS
    only_new.close()


async def test_a_token_whose_key_is_lost_asks_for_a_new_sign_in_and_holds_up_nobody(
    mongo_uri, clock
):
    first = await open_storage(mongo_uri, sealer=Vault({"lost": b"0" * 32}, "lost"))
    asha = await first.users.seen(**ASHA, now=clock.now())
    await first.users.keep_tokens(asha.id, SECRETS, now=clock.now())
    first.close()
    second = await open_storage(mongo_uri, sealer=Vault({"k1": b"1" * 32}, "k1"))
    ben = await second.users.seen(**BEN, now=clock.now())
    await second.users.keep_tokens(ben.id, SECRETS, now=clock.now())
    with pytest.raises(SealError):
        await second.users.tokens(asha.id)
    second.close()
    third = await open_storage(mongo_uri, sealer=Vault({"k2": b"2" * 32, "k1": b"1" * 32}, "k2"))
    assert await third.users.reseal(now=clock.now(), limit=10) == 1
    third.close()


async def test_an_id_that_is_none_finds_nobody(storage, clock):
    for odd in ("", "zz", "0" * 24, "a" * 24, None, {"$ne": None}):
        assert await storage.users.get(odd) is None
        assert await storage.users.tokens(odd) is None
        with pytest.raises(NotFoundError):
            await storage.users.keep_tokens(str(odd), SECRETS, now=clock.now())
