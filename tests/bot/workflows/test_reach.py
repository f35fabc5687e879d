"""A shared workflow is run by others as themselves, and changed by its owner only."""

import json
from dataclasses import replace

import pytest
from pydantic import Field, SecretStr

from bot.workflows.action import Action, ActionConfig, ActionResult
from bot.workflows.secrets import seal
from bot.workflows.trigger import Signal
from storage.errors import NotFoundError, RefusedError
from storage.models import Conversation, ConversationKind, StepStatus

CHANNEL = Conversation(
    "19:c@thread.tacv2", ConversationKind.CHANNEL, "tenant", "https://x.example/", "28:b"
)
THREAD = replace(CHANNEL, id=f"{CHANNEL.id};messageid=1")
ELSEWHERE = replace(CHANNEL, id="19:d@thread.tacv2")
ABROAD = replace(CHANNEL, tenant_id="other")
ALONE = replace(CHANNEL, id="a:1", kind=ConversationKind.PERSONAL)


class Keyed(ActionConfig):
    """Settings with a secret."""

    key: SecretStr = Field(title="Key", default=SecretStr(""))


@pytest.fixture
async def team(bench):
    """Asha and Ben, and a workflow of hers that is shared with the channel."""
    asha, ben = await bench.user(), await bench.user("Ben")
    mine = await bench.workflow(asha, "save_data", name="Stand-up")
    return asha, ben, await bench.service.reach.share_here(mine, THREAD)


def signal(key="k1", where=CHANNEL):
    return Signal(key, {"notes": "n"}, "Ben", where)


async def test_whoever_speaks_where_it_is_shared_runs_it_as_themselves(bench, team):
    asha, ben, shared = team
    assert [(w.name, w.shared_by) for w in await bench.service.reach.every(ben, THREAD)] == [
        ("Stand-up", "Asha")
    ]
    run = await bench.service.start(ben, shared.id, signal(where=THREAD))
    assert (run.user_id, run.workflow_owner_id) == (ben.id, asha.id)
    assert (await bench.runs.get(ben, run.id)).id == run.id
    assert await bench.storage.runs.get(asha.id, run.id) is None
    again = await bench.service.start(ben, shared.id, signal())
    hers = await bench.service.start(asha, shared.id, signal())
    assert again.id == run.id
    assert hers.id != run.id
    assert hers.workflow_owner_id is None


@pytest.mark.parametrize("where", [None, ALONE, ELSEWHERE, ABROAD], ids=str)
async def test_nowhere_else_does_it_exist_for_them(bench, team, where):
    _asha, ben, shared = team
    assert await bench.service.reach.every(ben, where) == []
    with pytest.raises(NotFoundError):
        await bench.service.start(ben, shared.id, signal(where=where), where)


async def test_a_share_does_not_reach_another_organisation(bench, team, clock):
    asha, _ben, shared = team
    dana = await bench.storage.users.seen(
        microsoft_id="dana.other", email="dana@other.example", name="Dana", now=clock.now()
    )
    assert await bench.service.reach.every(dana, CHANNEL) == []
    with pytest.raises(NotFoundError):
        await bench.service.start(dana, shared.id, signal())
    with pytest.raises(RefusedError, match="not in your organisation"):
        await bench.service.reach.share_with(shared, asha, dana)


async def test_one_person_may_run_it_anywhere_until_the_right_is_taken(bench, team):
    asha, ben, shared = team
    reach = bench.service.reach
    shared = await reach.unshare_here(shared, CHANNEL)
    shared = await reach.share_with(shared, asha, ben)
    assert len((await reach.share_with(shared, asha, ben)).shared_with) == 1
    failed = await bench.service.start(ben, shared.id, signal(where=ALONE))
    bench.marks.fail_at = "save_data"
    failed = await bench.worker().work_once()
    await reach.unshare_with(shared, ben)
    for doing in (
        bench.runs.retry(ben, failed, where=ALONE),
        bench.runs.retry(ben, failed, current=True, where=ALONE),
        bench.runs.again(ben, failed, "more", ALONE),
    ):
        with pytest.raises(NotFoundError):
            await doing
    with pytest.raises(RefusedError, match="yours already"):
        await reach.share_with(shared, asha, asha)


async def test_only_its_owner_changes_it(bench, team):
    asha, ben, shared = team
    reach = bench.service.reach
    assert (await reach.mine(asha, shared.id, CHANNEL)).id == shared.id
    with pytest.raises(RefusedError, match='Only Asha can change "Stand-up"'):
        await reach.mine(ben, shared.id, CHANNEL)
    with pytest.raises(NotFoundError):
        await reach.mine(ben, shared.id, ELSEWHERE)
    with pytest.raises(NotFoundError):
        await bench.service.delete(ben, shared.id, 1)
    with pytest.raises(RefusedError, match="Nobody else is here"):
        await reach.share_here(shared, ALONE)


async def test_secrets_of_its_owner_work_for_others_and_are_shown_to_nobody(bench, team):
    asha, ben, _shared = team
    used = []

    async def run(config, _context):
        used.append(config.key.get_secret_value())
        return ActionResult()

    repeat = bench.actions["save_data"].repeat
    bench.actions["api_call"] = Action(
        "api_call", "Call", "Call.", Keyed, ActionResult, repeat, Keyed(), run
    )
    sealed = seal(Keyed(key=SecretStr("CANARY")), bench.vault, owner=asha.id)
    mine = await bench.workflow(asha, "api_call", configs={"api_call": sealed}, name="Keyed")
    await bench.service.reach.share_here(mine, CHANNEL)
    await bench.service.start(ben, mine.id, signal())
    ended = await bench.worker().work_once()
    assert [step.status for step in ended.steps] == [StepStatus.DONE], ended.error
    assert used == ["CANARY"]
    assert "CANARY" not in json.dumps([step.output for step in ended.steps]) + repr(ended)


async def test_somebody_who_deletes_their_data_is_named_by_no_share(bench, team, clock, raw):
    asha, ben, shared = team
    await bench.service.reach.share_with(shared, asha, ben)
    await bench.storage.erasure.erase(ben, now=clock.now())
    (kept,) = raw.workflows.find()
    assert [each["kind"] for each in kept["sharedWith"]] == ["conversation"]


@pytest.mark.parametrize(
    ("url", "lent"), [("https://{{ data.host }}/x", True), ("https://api.example/x", False)]
)
async def test_a_secret_is_not_lent_to_an_address_the_runner_could_fill_in(bench, url, lent):
    asha, ben = await bench.user(), await bench.user("Ben")
    settings = {"api_call": {"url": url, "secret_headers": {"X-Key": "sealed:x"}}}
    mine = await bench.workflow(asha, "api_call", name="Push", configs=settings)
    if lent:
        with pytest.raises(RefusedError, match="sends a secret to an address"):
            await bench.service.reach.share_here(mine, CHANNEL)
        with pytest.raises(RefusedError, match="sends a secret to an address"):
            await bench.service.reach.share_with(mine, asha, ben)
    else:
        await bench.service.reach.share_here(mine, CHANNEL)
        assert (await bench.service.reach.get(ben, mine.id, CHANNEL)).name == "Push"
