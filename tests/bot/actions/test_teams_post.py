"""What people are promised of the step that posts in Teams: where they said, and once."""

import pytest

from bot.actions.teams_post import Config, propose, scopes_for, teams_post
from bot.workflows.action import UnknownOutcomeError
from storage.errors import GraphError, RefusedError
from storage.models import Conversation, ConversationKind
from tests.fakes.contexts import context_for


def _at(conversation_id, kind, name=None):
    return Conversation(conversation_id, kind, "tenant", "https://smba.example", "28:bot", name)


GENERAL = _at("19:gen@thread.tacv2", ConversationKind.CHANNEL, "Client delivery > General")
DESIGN = _at("19:des@thread.tacv2", ConversationKind.CHANNEL, "Client delivery > Design")
ROLLOUT = _at("19:roll@thread.v2", ConversationKind.GROUP, "Acme rollout")
ALONE = _at("a:1abc", ConversationKind.PERSONAL)
THREAD = _at("19:gen@thread.tacv2;messageid=17", ConversationKind.CHANNEL, "General")


@pytest.fixture(autouse=True)
def _places(bot_post, fake):
    bot_post.at = [GENERAL, DESIGN, ROLLOUT, ALONE]
    fake.teams = {
        "t1": (
            "Client delivery",
            {"19:gen@thread.tacv2": "General", "19:d@thread.tacv2": "Design"},
        ),
        "t2": ("Sales", {"19:s@thread.tacv2": "General"}),
    }


async def test_an_empty_message_is_the_minutes_and_the_bot_needs_no_sign_in(
    bot_post, fake, go, tokens
):
    result = await go(teams_post, {"target": "this channel"}, conversation=THREAD)
    ((target, text, key),) = bot_post.said
    assert target == "19:gen@thread.tacv2"
    assert text.startswith("# Meeting Minutes")
    assert key == "65f0c0ffee0000000000beef:teams_post"
    assert result.message_id == "1700000000001"
    assert (fake.exchanges, tokens.asked) == ([], [])


async def test_a_message_that_was_emptied_is_the_minutes_all_the_same(bot_post, go):
    await go(teams_post, {"target": "General"}, {"message": " "})
    assert bot_post.said[0][1].startswith("# Meeting Minutes")


@pytest.mark.parametrize(
    "typed, where",
    [
        ("General", GENERAL),
        ("client delivery > design", DESIGN),
        ("Client delivery/Design", DESIGN),
        ("acme", ROLLOUT),
        ("Client delivery", GENERAL),
        ("desgin", DESIGN),
    ],
)
async def test_a_place_is_meant_by_its_name(bot_post, go, typed, where):
    await go(teams_post, {"target": typed, "message": "Hi"})
    assert bot_post.said[0][:2] == (where.id, "Hi")


@pytest.mark.parametrize(
    "target, said",
    [
        ("", "Say where to post: Client delivery > General"),
        ("Finance board", "Did you mean"),
        ("this channel", "not started in a channel"),
        ("c", "may mean several: Client delivery > General, Client delivery > Design"),
    ],
)
async def test_without_a_place_it_says_which_there_are(bot_post, go, target, said):
    with pytest.raises(RefusedError, match=said):
        await go(teams_post, {"message": "Hi"}, {"target": target}, conversation=ALONE)
    assert bot_post.said == []


async def test_where_the_bot_is_nowhere_it_says_what_to_do(bot_post, go):
    bot_post.at = [ALONE]
    with pytest.raises(RefusedError, match="Add me to one"):
        await go(teams_post, {"target": "General", "message": "Hi"})


async def test_a_run_started_in_a_channel_proposes_that_channel(given):
    context = await given("teams_post", conversation=THREAD)
    assert (await propose({}, context))["target"] == "this channel"
    context = await given("teams_post", conversation=ROLLOUT)
    assert (await propose({}, context))["target"] == "this chat"
    assert (await propose({}, await given("teams_post", conversation=ALONE)))["target"] == ""


async def test_nothing_to_say_is_told(go):
    with pytest.raises(RefusedError, match="nothing to post"):
        await go(teams_post, {"target": "General"}, notes=None)


async def test_in_my_name_it_is_clean_html_in_the_channel_i_named(fake, bot_post, go):
    typed = {"target": "Sales > General", "message": "**Hi** <b>x</b>", "post_as": "me"}
    result = await go(teams_post, typed)
    (((team, channel), html),) = fake.posts
    assert (team, channel) == ("t2", "19:s@thread.tacv2")
    assert html == "<p><strong>Hi</strong> &lt;b&gt;x&lt;/b&gt;</p>\n"
    assert result.where == "Sales > General"
    assert bot_post.said == []


async def test_in_my_name_here_is_here(fake, go):
    typed = {"target": "here", "message": "Hi", "post_as": "me"}
    await go(teams_post, typed, conversation=THREAD)
    await go(teams_post, typed, conversation=ROLLOUT)
    assert [where for where, _ in fake.posts] == [
        ("t1", "19:gen@thread.tacv2"),
        ("19:roll@thread.v2",),
    ]
    elsewhere = _at("19:other@thread.tacv2", ConversationKind.CHANNEL)
    with pytest.raises(RefusedError, match="not in this channel's team"):
        await go(teams_post, typed, conversation=elsewhere)


async def test_two_channels_of_one_name_are_asked_about(go):
    typed = {"target": "General", "message": "Hi", "post_as": "me"}
    with pytest.raises(RefusedError, match="Client delivery > General, Sales > General"):
        await go(teams_post, typed)


@pytest.mark.parametrize("fault", [{"status": 504}, {"status": 201, "reply": "none", "body": {}}])
async def test_an_unknown_outcome_is_told_and_never_repeated(fake, go, fault):
    fake.fault(200, body={"value": [{"id": "t1", "displayName": "Sales"}]})
    fake.fault(200, body={"value": [{"id": "19:s@thread.tacv2", "displayName": "General"}]})
    fake.fault(after=True, **fault)
    with pytest.raises(UnknownOutcomeError, match="whether the message reached Sales > General"):
        await go(teams_post, {"target": "Sales", "message": "Hi", "post_as": "me"})
    assert len(fake.posts) == 1


async def test_a_refusal_names_the_permission(fake, go):
    fake.fault(403)
    with pytest.raises(GraphError, match=r"Team\.ReadBasic\.All"):
        await go(teams_post, {"target": "Sales", "message": "Hi", "post_as": "me"})


async def test_what_fits_into_no_message_is_cut_and_says_so(bot_post, go):
    await go(teams_post, {"target": "General", "message": "ä line of text\n" * 4000})
    text = bot_post.said[0][1]
    assert len(text.encode()) <= 16_000
    assert text.endswith("does not fit into a message.*")
    assert "ä line of text\n\n*Shortened" in text


async def test_it_says_so_where_nobody_can_post():
    for config in (Config(target="x", message="y"), Config(target="x", message="y", post_as="me")):
        with pytest.raises(RefusedError, match="sk your admin"):
            await teams_post.run(config, context_for("teams_post"))


def test_the_bot_needs_none_of_the_users_permissions():
    assert scopes_for({}) == ()
    assert "ChannelMessage.Send" in scopes_for({"post_as": "me"})
    assert teams_post.scopes_with({"post_as": "bot"}) == ()
