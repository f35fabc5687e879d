"""Who hears a turn first: the longest command, the open form, or a hint what was meant."""

import pytest

from bot.dialogs.root import Root
from bot.turn import Begin, command, press
from cards.verbs import DialogAnswer, DiscardDialog, KeepDialog, NewWorkflow, ShowHome
from storage.errors import NotFoundError, UnavailableError


@command("echo", forms=("echo",), summary="Say it again.")
async def echo(words, _turn, _services):
    return f"echo:{words}"


@command("echo loud", forms=("echo loud",), summary="Say it louder.")
async def loud(words, _turn, _services):
    return f"loud:{words}"


@command("help", forms=("help",), summary="Help.", interrupts=True)
async def help_(_words, _turn, _services):
    return "help"


@command("count", forms=("count",), summary="Count.")
async def count(words, _turn, _services):
    return Begin("counting", "count", {"anew": True} if words == "anew" else {})


@command("minutes", forms=("minutes",), summary="Minutes.")
async def minutes(words, turn, _services):
    return f"minutes:{words}:{len(turn.files)}"


@command("fail", forms=("fail",), summary="Fail.")
async def fail(words, _turn, _services):
    raise UnavailableError if words == "away" else NotFoundError("No such thing.")


@press(ShowHome)
async def home(_pressed, _turn, _services):
    return "home"


@pytest.fixture
def root(runner):
    return Root(
        commands=[echo, loud, help_, count, minutes, fail],
        presses=[home],
        runner=runner,
        services=None,
    )


@pytest.fixture
def say(root, turn):
    """Say words, or with `pressed` press; gives the answer as text."""

    async def say(words="", **more):
        (said,) = await root.answer(turn(words, **more))
        return said if isinstance(said, str) else said.summary

    return say


@pytest.mark.parametrize(
    "typed, answered",
    [
        ("echo hi", "echo:hi"),
        ("  ECHO   Two  words ", "echo:Two  words "),
        ("echo loud hi", "loud:hi"),
        ("Echo  Loud", "loud:"),
        ("echo\nline one\n  line two", "echo:line one\n  line two"),
        ("echo", "echo:"),
    ],
)
async def test_the_longest_name_wins_and_the_rest_is_as_typed(say, typed, answered):
    assert await say(typed) == answered


@pytest.mark.parametrize(
    "typed, answered",
    [
        ("ecoh", 'I don\'t know "ecoh". Did you mean: echo'),
        ("xyzzy", 'I don\'t know "xyzzy". Did you mean: help?'),
        ("", 'Type "help" to see what I can do.'),
        ("q" * 500, f'I don\'t know "{"q" * 59}…".'),
    ],
)
async def test_words_i_do_not_know_get_the_nearest_i_do(say, typed, answered):
    assert (await say(typed)).startswith(answered)


async def test_a_file_without_words_is_for_minutes(say):
    assert await say("", files=("file",)) == "minutes::1"
    assert await say("from today", files=("file",)) == "minutes:from today:1"
    assert await say("echo it", files=("file",)) == "echo:it"


async def test_a_refusal_is_an_answer_and_an_outage_is_not(root, say, turn):
    assert await say("fail") == "No such thing."
    with pytest.raises(UnavailableError):
        await root.answer(turn("fail away"))


async def test_a_button_without_a_handler_is_met_with_a_way_on(say):
    assert await say(pressed=ShowHome()) == "home"
    assert "I don't know that button" in await say(pressed=NewWorkflow())


async def test_in_a_form_words_are_its_answer_help_interrupts_and_cancel_leaves(say, raw):
    assert await say("count") == "0"
    assert await say("anything") == "1"
    assert await say("help") == "help"
    assert "in the middle of a form" in await say("echo hi")
    assert "in the middle of a form" in await say("count")
    assert await say(" Cancel ") == "I stopped counting. Nothing was saved."
    assert raw["dialogstate"].count_documents({}) == 0


async def test_keep_goes_on_and_discard_does_what_was_asked(say, raw):
    await say("count")
    await say("anything")
    assert await say(pressed=KeepDialog()) == "1"
    assert await say(pressed=DiscardDialog(words="echo hi")) == "echo:hi"
    assert raw["dialogstate"].count_documents({}) == 0
    assert await say(pressed=DiscardDialog(words="echo again")) == "echo:again"
    assert await say(pressed=DiscardDialog()) == 'Type "help" to see what I can do.'


async def test_a_dialogs_button_finds_its_dialog_or_says_that_it_is_closed(say):
    stray = DialogAnswer(dialog="x", rev=1, choice="more")
    closed = 'That form is closed. Type "new" to start again, or "help".'
    assert await say(pressed=stray) == closed
    assert await say(pressed=KeepDialog()) == closed
    await say("count")
    assert await say(pressed=DialogAnswer(dialog="1-a-b", rev=1, choice="more")) == "1"
    assert await say(pressed=stray) == "1"


async def test_a_handler_may_ask_to_begin_anew_over_what_is_open(say):
    await say("count")
    assert await say("anything") == "1"
    assert await say(pressed=DiscardDialog(words="count anew")) == "0"
