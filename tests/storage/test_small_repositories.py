"""Dialog state, conversations, drafts and deliveries."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.errors import NotFoundError, RefusedError, StaleError
from storage.models import Conversation, ConversationKind
from tests.storage.runs import OTHER_USER, USER, WHEN

LATER = WHEN + timedelta(hours=1)
CHAT = Conversation("a:1", ConversationKind.PERSONAL, "t1", "https://s.example/", "28:bot", "Asha")


async def test_dialog_state_comes_back_with_its_version(storage):
    assert await storage.bot_state.load("k") == (None, 0)
    state = {"stack": [{"a.b": 1, "$x": None, "": "ünï"}]}
    assert await storage.bot_state.save("k", state, expected=0, expires_at=LATER) == 1
    assert await storage.bot_state.load("k") == (state, 1)
    assert await storage.bot_state.save("k", {}, expected=1, expires_at=LATER) == 2
    await storage.bot_state.drop("k", expected=2)
    assert await storage.bot_state.load("k") == (None, 0)


async def test_of_ten_turns_at_once_one_changes_the_dialog(storage):
    for version in (0, 1):
        results = await asyncio.gather(
            *(
                storage.bot_state.save("k", {"n": n}, expected=version, expires_at=LATER)
                for n in range(10)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(result, StaleError) for result in results) == 9
        assert (await storage.bot_state.load("k"))[1] == version + 1


async def test_a_dialog_that_moved_on_is_not_dropped(storage):
    await storage.bot_state.save("k", {}, expected=0, expires_at=LATER)
    await storage.bot_state.save("k", {}, expected=1, expires_at=LATER)
    with pytest.raises(StaleError):
        await storage.bot_state.drop("k", expected=1)
    await storage.bot_state.drop("other", expected=3)


async def test_state_that_would_run_code_in_other_stores_is_only_data_here(storage, tmp_path):
    trap = {"py/reduce": [{"py/function": "os.mkdir"}, {"py/tuple": [str(tmp_path / "x")]}]}
    await storage.bot_state.save("k", trap, expected=0, expires_at=LATER)
    assert await storage.bot_state.load("k") == (trap, 1)
    assert not (tmp_path / "x").exists()


async def test_a_personal_chat_is_remembered_for_its_user(storage, raw):
    assert await storage.conversations.personal_of(USER) is None
    await storage.conversations.remember(CHAT, user_id=USER, now=WHEN)
    assert await storage.conversations.personal_of(USER) == CHAT
    moved = replace(CHAT, service_url="https://s2.example/")
    for _ in range(2):
        await storage.conversations.remember(moved, user_id=USER, now=LATER)
    assert await storage.conversations.personal_of(USER) == moved
    assert [d["updatedAt"] for d in raw.conversations.find()] == [LATER]
    assert await storage.conversations.personal_of(OTHER_USER) is None


async def test_a_group_is_nobodys_and_tenants_are_kept_apart(storage, raw):
    group = replace(CHAT, kind=ConversationKind.GROUP)
    await storage.conversations.remember(group, user_id=USER, now=WHEN)
    await storage.conversations.remember(replace(group, tenant_id="t2"), user_id=None, now=WHEN)
    assert await storage.conversations.personal_of(USER) is None
    assert raw.conversations.count_documents({}) == 2


async def test_notes_are_kept_for_their_owner(storage):
    draft = await storage.drafts.keep(
        user_id=USER, title="T", notes="n\ud83d" * 3, now=WHEN, expires_at=LATER
    )
    assert await storage.drafts.get(USER, draft) == ("T", "n\ufffd" * 3)
    assert await storage.drafts.get(OTHER_USER, draft) is None
    assert await storage.drafts.get(USER, "odd") is None
    keep = {"title": "", "now": WHEN, "expires_at": LATER}
    with pytest.raises(RefusedError, match="10 MB"):
        await storage.drafts.keep(user_id=USER, notes="x" * (10 * 1024 * 1024 + 1), **keep)
    with pytest.raises(NotFoundError):
        await storage.drafts.keep(user_id="odd", notes="x", **keep)


async def test_of_a_hundred_deliveries_at_once_each_key_is_first_once(storage):
    keys = [f"k{n % 25}" for n in range(100)]
    answers = await asyncio.gather(*(storage.deliveries.first(key, now=WHEN) for key in keys))
    assert sum(answers) == 25
    assert answers[:25] == [True] * 25
    assert not await storage.deliveries.first("k1", now=LATER)


async def test_somebody_who_stops_waiting_does_not_disturb_the_others(storage):
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(storage.deliveries.first(f"k{n}", now=WHEN)) for n in range(9)]
        await asyncio.sleep(0)
        asking[0].cancel()
        asking[4].cancel()
    assert all(task.result() for task in asking if not task.cancelled())
    assert await storage.deliveries.first("new", now=WHEN)


async def test_what_expires_has_an_index_that_removes_it(storage, raw):
    expiring = {
        name: index
        for name in ("deliveries", "dialogstate", "meetings")
        for index in raw[name].index_information().values()
        if "expireAfterSeconds" in index
    }
    assert {name: index["expireAfterSeconds"] for name, index in expiring.items()} == {
        "deliveries": 24 * 60 * 60,
        "dialogstate": 0,
        "meetings": 0,
    }


async def test_a_channels_team_is_kept_also_when_it_is_not_named_again(storage, raw):
    channel = replace(CHAT, id="19:c@thread.tacv2", kind=ConversationKind.CHANNEL, name="General")
    await storage.conversations.remember(channel, user_id=None, now=WHEN)
    assert (await storage.conversations.shared("t1", channel.id)).team_id is None
    known = replace(channel, team_id="7d9f")
    await storage.conversations.remember(known, user_id=None, now=WHEN)
    assert await storage.conversations.shared("t1", channel.id) == known
    await storage.conversations.remember(channel, user_id=None, now=LATER)
    assert await storage.conversations.shared("t1", channel.id) == known
    assert raw.conversations.find_one()["updatedAt"] == WHEN
