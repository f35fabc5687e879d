"""Which workflow is meant, and which page: decided alike wherever a name is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers.choosing import choose, page_and_rest, page_count
from bot.turn import Turn
from bot.workflows.service import WorkflowService
from bot.workflows.services import Services
from cards.verbs import ShowWorkflow
from storage.errors import NotFoundError, RefusedError
from storage.models import Conversation, ConversationKind, TriggerName

PLACE = Conversation("a:1", ConversationKind.PERSONAL, "tenant", "https://s.example/", "28:b")


@pytest.fixture
async def ask(storage, clock):
    """Store workflows under names, then choose by words; gives the name acted on, or the card."""
    user = await storage.users.seen(
        microsoft_id="asha.tenant", email="asha@contoso.example", name="Asha", now=clock.now()
    )
    service = WorkflowService(storage, {}, {}, clock, lambda: None)
    services = Services(service, None, storage, None, clock)

    async def act(workflow):
        return workflow.name

    async def ask(words, *names):
        for name in names:
            await storage.workflows.add(
                user_id=user.id,
                name=name,
                trigger=TriggerName.MANUAL,
                actions=("save_data",),
                action_configs={},
                canvas=None,
                now=clock.now(),
            )
        turn = Turn(user=user, conversation=PLACE, key="1", now=clock.now())
        return await choose(
            words,
            turn,
            services,
            question="Which one?",
            verb=lambda one: ShowWorkflow(wf=one.id),
            act=act,
        )

    return ask


async def test_one_that_fits_is_acted_on_at_once(ask):
    assert await ask("weekly", "Weekly minutes", "Daily report") == "Weekly minutes"
    assert await ask('"Daily report"') == "Daily report"
    assert await ask("dayly reprt") == "Daily report"


async def test_several_that_fit_are_asked_about_and_no_name_asks_about_all(ask):
    card = await ask("weekly", "Weekly one", "Weekly two", "Other")
    assert "Which one?" in card.summary
    assert str(card.to_json()).count("Weekly") == 2
    assert "Other" in str((await ask("  ")).to_json())


async def test_one_workflow_and_no_name_is_asked_about_too(ask):
    assert "Only" in str((await ask("", "Only")).to_json())


async def test_a_name_that_is_none_gets_the_nearest(ask):
    with pytest.raises(NotFoundError, match="You have no workflows yet"):
        await ask("weekly")
    with pytest.raises(NotFoundError, match=r'no workflow "zzz"\. Did you mean: Weekly'):
        await ask("zzz", "Weekly")
    with pytest.raises(NotFoundError, match="…"):
        await ask("z" * 500)


@pytest.mark.parametrize(
    "typed, read",
    [
        ("", ("", 1)),
        ("weekly", ("weekly", 1)),
        ("weekly page 2", ("weekly", 2)),
        ("PAGE 12 ", ("", 12)),
        ("front page 3 news", ("front page 3 news", 1)),
        ("homepage 2", ("homepage 2", 1)),
        ("page 99999999", ("page 99999999", 1)),
    ],
)
def test_a_page_is_taken_off_the_end_only(typed, read):
    assert page_and_rest(typed) == read


@given(st.text(max_size=60))
def test_any_words_have_a_page_and_the_rest_is_among_them(typed):
    rest, page = page_and_rest(typed)
    assert page >= 0
    assert rest in typed


@given(st.integers(0, 1000), st.integers(1, 20), st.integers(-5, 1005))
def test_a_page_that_is_not_there_is_refused(total, size, wanted):
    pages = max(1, -(-total // size))
    if 1 <= wanted <= pages:
        assert page_count(total, size, wanted) == pages
        return
    with pytest.raises(RefusedError, match=r"There (is|are) only"):
        page_count(total, size, wanted)
