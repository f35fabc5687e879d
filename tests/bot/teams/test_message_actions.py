"""A message's menu on the wire: what is read of it, and the windows it is answered with."""

import pytest
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.teams.message_actions import (
    FETCH,
    SUBMIT,
    asked_of,
    in_thread,
    is_window,
    plain_text,
    task_of,
)
from cards.from_message import pick_card
from cards.notice import notice_card
from cards.verbs import MinutesOfMessage, PickForMessage, RunWithMessage
from storage.errors import RefusedError

CHANNEL = "19:c@thread.tacv2"
DATA = {"cf": 1, "verb": "message.run", "minutes": "m", "once": "k", "thread": "7", "in.wf": "w"}


def activity(name=FETCH, value=None, conversation=CHANNEL, kind="channel"):
    return Activity(
        type="invoke",
        name=name,
        value=value,
        recipient=ChannelAccount(id="28:b", name="ConsultFlow"),
        conversation=ConversationAccount(id=conversation, conversation_type=kind),
    )


def chosen(command="runConsultFlow", **payload):
    body = {"contentType": "html", "content": "<p>Hello</p>"}
    return {"commandId": command, "messagePayload": {"id": "42", "body": body, **payload}}


def test_a_choice_names_the_command_and_brings_the_message_along():
    asked = asked_of(activity(value=chosen(replyToId="41")))
    assert asked.pressed.verb == PickForMessage()
    assert (asked.message.id, asked.message.text, asked.message.thread) == ("42", "Hello", "41")
    assert asked_of(activity(value=chosen("draftMinutes"))).pressed.verb == MinutesOfMessage()


def test_a_window_that_is_sent_is_a_button_with_its_inputs():
    asked = asked_of(activity(SUBMIT, {"commandId": "runConsultFlow", "data": DATA}))
    assert asked.pressed.verb == RunWithMessage(minutes="m", key="k", thread="7")
    assert asked.pressed.answers == {"wf": "w"}
    assert asked.message is None


@pytest.mark.parametrize("value", [None, [], "x", {}, {"commandId": []}, chosen("else")], ids=str)
@pytest.mark.parametrize("name", [FETCH, SUBMIT])
def test_what_is_not_ours_is_refused_in_words(name, value):
    with pytest.raises(RefusedError, match="I don't know that"):
        asked_of(activity(name, value))


@pytest.mark.parametrize(
    ("value", "thread"),
    [
        (chosen(), ";messageid=42"),
        (chosen(replyToId="41"), ";messageid=41"),
        ({"data": {"thread": "7"}}, ";messageid=7"),
        (chosen(id="4;messageid=2"), ""),
        (chosen(id=None), ""),
        (None, ""),
    ],
    ids=str,
)
def test_what_is_said_of_a_channels_message_is_said_under_it(value, thread):
    asked = activity(SUBMIT, value)
    in_thread(asked)
    in_thread(asked)
    assert asked.conversation.id == CHANNEL + thread


def test_chats_have_no_threads():
    asked = activity(value=chosen(), conversation="19:g@thread.v2", kind="groupChat")
    in_thread(asked)
    assert asked.conversation.id == "19:g@thread.v2"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<div>a &amp; b</div>\n<div>&nbsp;</div><div>c</div>", "a & b\n\nc"),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", "- one\n- two"),
        ('<p><at id="0">ConsultFlow</at> run, <at id="1">Ben Ortiz</at></p>', "run, Ben Ortiz"),
        ("<table><tr><td>x</td><td>y</td></tr></table>", "x y"),
        ("a<br/>b<img src='x'>", "a\nb"),
        ("1 &lt; 2 &lt;b&gt;", "1 < 2 <b>"),
    ],
)
def test_a_message_reads_as_it_was_typed(content, text):
    assert plain_text(content, is_html=True, bot="ConsultFlow") == text


def test_text_is_taken_as_it_is():
    assert plain_text(" <b>a</b> ", is_html=False) == "<b>a</b>"


def test_a_window_shows_a_card_or_a_sentence():
    card = pick_card("notes", [("Weekly", "w")], RunWithMessage(minutes="m", key="k"))
    shown = task_of(card, title="Run").body["task"]
    assert shown["type"] == "continue"
    assert shown["value"]["title"] == "Run"
    assert shown["value"]["card"]["content"]["actions"][0]["type"] == "Action.Submit"
    assert task_of("Not now.", title="Run").body == {
        "task": {"type": "message", "value": "Not now."}
    }
    assert is_window(card)
    assert not is_window(notice_card("Done."))
