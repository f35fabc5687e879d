"""Who may do what: every button, word and address there is, times everybody who could try.

The tables below say it; what exists and has no row fails, and so does a row of what is gone.
"""

import itertools
import re

import pytest

from bot.registry import collect
from bot.turn import Command
from cards.verb import Id
from cards.verbs import VERBS
from tests.scenarios.owned import NAME, STATES, file_answers, kept, put

# Who presses it on what is Asha's, and what anybody else is told.
OWN = None  # names nothing of anybody's: everybody gets what is their own
OWNER = re.compile(r"can't find that workflow|Log not found|not kept any more")
# Where they see the card of her run. Elsewhere it is as if there were none.
RUNNER = re.compile(r"^Only Asha Rao can send this\.$")
OPENER = re.compile(r"^Only Asha Rao can open this\.$")
ASKED = re.compile(r"^This question is not yours\.")
HOLDER = re.compile(r"^That form is closed\.")
BUTTONS = {
    "home": OWN,
    "help": OWN,
    "workflow.new": OWN,
    "workflow.list": OWN,
    "workflow.show": OWNER,
    "workflow.edit": OWNER,
    "workflow.delete": OWNER,
    "workflow.delete.confirm": OWNER,
    "workflow.share": OWNER,
    "workflow.unshare": OWNER,
    "workflow.run": OWNER,
    "run.start": OWNER,
    "run.cancel": OWNER,
    "run.retry": OWNER,
    "run.again": OWNER,
    "run.answer": OWNER,
    "review.send": RUNNER,
    "review.skip": RUNNER,
    "log.show": OWNER,
    "log.list": OWN,
    "run.refresh": OPENER,
    "minutes.start": OWN,
    "minutes.make": OWN,
    "minutes.edit": OWNER,
    "minutes.use": OWNER,
    "minutes.run": OWNER,
    "message.pick": OWN,
    "message.minutes": OWN,
    "message.run": OWNER,
    "message.draft": OWNER,
    "data.show": OWN,
    "account": OWN,
    "connect": OWN,
    "signout": OWN,
    "connection.check": OWN,
    "run.sign_in": OWNER,
    "data.delete": OWN,
    "data.delete.confirm": ASKED,
    "dialog.answer": HOLDER,
    "dialog.keep": HOLDER,
    "dialog.discard": OWN,
}
# What a made-up button fills its other fields with; a verb with a new field needs one here.
FIELDS = {
    "key": "made-up",
    "rev": 1,
    "step": "send_email",
    "done": True,
    "topic": "run",
    "text": "",
    "words": "",
    "page": 1,
    "data": "Quarter",
    "scope": "User.Read",
    "choice": "next",
    "thread": "1772614800000",
}
STRANGERS = ("ben", "chen")  # a colleague of the same tenant, and a guest
PLACES = ("personal", "group")
STATE_OF = {"run.answer": "asking", "run.cancel": "running", "run.sign_in": "sign_in"}

# What is typed of Asha's, where her run stands, and what tells her that it was done.
WORDS = {
    "home": ("home", "failed", NAME),
    "help": ("help", "failed", "What I can do"),
    "new": ("new", "failed", "start"),
    "workflows": (f"workflows {NAME}", "failed", NAME),
    "show": (f"show {NAME}", "failed", NAME),
    "edit": (f"edit {NAME}", "failed", NAME),
    "share": (f"share {NAME} with this channel", "failed", "Nobody else is here"),
    "unshare": (f"unshare {NAME}", "failed", NAME),
    "delete": (f"delete {NAME}", "failed", f'Delete "{NAME}"'),
    "run": (f"run {NAME}", "failed", NAME),
    "minutes": ("minutes Anybody: these are mine.", "failed", "these are mine"),
    "logs": (f"logs workflow {NAME}", "failed", "{short}"),
    "log": ("log {short}", "failed", "CANARY-error"),
    "retry": ("retry {short}", "failed", NAME),
    "cancel": ("cancel {short}", "running", "Cancelled"),
    "data": ("data Quarter", "failed", "CANARY-kept"),
    "connect": ("connect", "failed", "Asha Rao"),
    "sign in": ("sign in", "failed", "Asha Rao"),
    "signin": ("signin", "failed", "Asha Rao"),
    "whoami": ("whoami", "failed", "Asha Rao"),
    "check connection": ("check connection", "failed", "Asha Rao"),
    "delete my data": ("delete my data", "failed", "Delete everything"),
    "signout": ("signout", "failed", "Signed out"),
    "sign out": ("sign out", "failed", "Signed out"),
}


def made_up(name, owned):
    """A button nobody drew: a verb, with Asha's ids in it."""
    verb = VERBS[name]
    values = {**FIELDS, **owned.ids}
    data = verb(**{field: values[field] for field in verb.model_fields}).to_data()
    data |= {"in.notes": "mine", "in.name": "mine", "in.0.subject": "mine"}
    return {"type": "Action.Execute", "verb": name, "data": data}


def told(name, where):
    """What others are told of a button where they press it."""
    by_card = BUTTONS[name] in (RUNNER, OPENER)
    return OWNER if by_card and where == "personal" else BUTTONS[name]


def test_every_button_and_every_word_has_its_row():
    assert set(BUTTONS) == set(VERBS)
    assert set(WORDS) == {w for one in collect("bot.handlers", Command) for w in one.words}


@pytest.mark.parametrize("name", VERBS)
def test_a_button_that_names_something_is_not_for_everybody(name):
    marks = Id.__metadata__
    named = [f for f in VERBS[name].model_fields.values() if tuple(f.metadata) == marks]
    assert not named or BUTTONS[name] is not OWN


async def test_a_made_up_button_gives_others_nothing_and_changes_nothing(signing, raw, asha):
    stage = signing.stage
    homes = {
        (person, where): await stage.say(person, "home", where)
        for person, where in itertools.product(STRANGERS, PLACES)
    }
    for state, ((person, where), home) in itertools.product(STATES, homes.items()):
        put(raw, state)
        before = kept(raw, asha)
        for name in BUTTONS:
            await stage.press(person, home, made_up("dialog.discard", asha))
            shown = await stage.press(person, home, made_up(name, asha))
            tried = (name, person, where, state, shown)
            assert "CANARY" not in shown, tried
            refusal = told(name, where)
            assert refusal is OWN or refusal.search(shown), tried
            assert kept(raw, asha) == before, tried
        seen = [stage.text(message, person) for message in stage.teams.messages(where, person)]
        assert "CANARY" not in "".join(seen)


# These show something, or ask; all others change what is stored when Asha presses them.
SHOWS = {
    "workflow.show",
    "workflow.edit",  # asks what is to become of the open form
    "workflow.delete",
    "workflow.unshare",
    "workflow.run",  # asks for notes
    "run.start",
    "run.sign_in",
    "run.refresh",
    "log.show",
    "minutes.edit",
    "minutes.use",
    "message.run",  # asks which workflow
    "dialog.keep",
}


@pytest.mark.parametrize("name", [name for name, refusal in BUTTONS.items() if refusal])
async def test_the_same_button_works_for_asha(signing, raw, asha, name):
    """Without this, the test above could be green because the buttons are made up wrongly."""
    put(raw, STATE_OF.get(name, "review" if name.startswith("review.") else "failed"))
    before = kept(raw, asha)
    home = await signing.stage.say("asha", "help", "group")
    shown = await signing.stage.press("asha", home, made_up(name, asha))
    assert not BUTTONS[name].search(shown), shown
    assert name in SHOWS or kept(raw, asha) != before


async def test_what_others_type_finds_nothing_of_hers_and_changes_nothing(signing, raw, asha):
    stage = signing.stage
    before = {}
    for state in ("failed", "running"):
        put(raw, state)
        before[state] = kept(raw, asha)
    tries = itertools.product(STRANGERS, PLACES, WORDS.values())
    for person, where, (typed, state, _) in tries:
        put(raw, state)
        for text in (typed, typed.replace(NAME, NAME[:-1])):  # a guess may not be put right
            said = await stage.say(person, text.format(short=asha.short_id), where)
            shown, tried = stage.text(said), (person, where, text)
            assert "CANARY" not in shown.replace(NAME[:-1], "", 1), (tried, shown)
            assert "Asha" not in shown, tried
            assert kept(raw, asha) == before[state], tried
        await stage.say(person, "cancel", where)


@pytest.mark.parametrize("word", WORDS)
async def test_the_same_words_work_for_asha(signing, raw, asha, word):
    typed, state, told = WORDS[word]
    put(raw, state)
    said = await signing.stage.say("asha", typed.format(short=asha.short_id))
    assert told.format(short=asha.short_id) in signing.stage.text(said)


# What a workflow shared where they speak lets others do; its runs and all else stay hers.
SHARED = {"workflow.show", "workflow.run", "run.start"}
HERS = re.compile(rf"^Only Asha Rao can change|{OWNER.pattern}")


async def test_what_is_shared_may_be_seen_and_run_there_and_no_more(signing, raw, asha):
    stage = signing.stage
    await stage.say("asha", "cancel", "group")
    said = await stage.say("asha", f"share {NAME} with this channel", "group")
    assert "can run" in stage.text(said)
    put(raw, "failed")
    before = kept(raw, asha)
    homes = {where: await stage.say("ben", "help", where) for where in PLACES}
    for (where, home), name in itertools.product(homes.items(), BUTTONS):
        if BUTTONS[name] is not OWNER:
            continue
        shown = await stage.press("ben", home, made_up(name, asha))
        tried = (where, name, shown)
        may = where == "group" and name in SHARED
        assert may or (HERS if where == "group" else OWNER).search(shown), tried
        assert not may or NAME in shown, tried
        # Who runs it sees what would be sent in their own name; nothing else of hers.
        told_of = shown.replace(NAME, "").replace("CANARY-setting", "" if may else "CANARY")
        assert "CANARY" not in told_of, tried
        assert kept(raw, asha) == before, tried


async def test_the_file_she_is_offered_is_nobody_elses_to_answer(signing, raw, asha):
    stage, before = signing.stage, kept(raw, asha)
    for person, where in itertools.product(STRANGERS, PLACES):
        await stage.say(person, "help", where)
        room = stage.teams.client.room(where, person)
        for value in file_answers(asha, stage.teams.url):
            answer = await stage.teams.client.invoke(person, room, "fileConsent/invoke", value)
            tried = (person, where, value["action"])
            assert (answer.status, answer.body) == (200, None), tried
            said = stage.teams.messages(where, person)[-1].text
            assert said.startswith("That file does not wait for you any more"), tried
            assert kept(raw, asha) == before, tried
    assert stage.teams.consents.taken == []


async def test_in_company_it_is_not_even_hers_to_answer_in_her_own_chat_it_is(signing, raw, asha):
    stage, before = signing.stage, kept(raw, asha)
    _accept, decline = file_answers(asha)
    for where, may in (("group", False), ("personal", True)):
        room = stage.teams.client.room(where, "asha")
        await stage.teams.client.invoke("asha", room, "fileConsent/invoke", decline)
        assert (kept(raw, asha) != before) is may
        assert (stage.teams.messages(where)[-1].text == "Not saved.") is may
