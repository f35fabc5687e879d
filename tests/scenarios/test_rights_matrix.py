"""Who may do what: every button, word and address there is, times everybody who could try.

The tables below say it; what exists and has no row fails, and so does a row of what is gone.
"""

import itertools
import re

import pytest

from bot.local.entra.directory import DANA, FABRIKAM_ID
from bot.local.people import PEOPLE
from bot.registry import collect
from bot.turn import Command
from cards.verb import Id
from cards.verbs import VERBS
from tests.scenarios.owned import NAME, STATES, everything_of_asha, kept, put
from tests.scenarios.test_sign_in import microsoft, signing  # noqa: F401  the fixtures

# Who presses it on what is Asha's, and what anybody else is told.
OWN = None  # names nothing of anybody's: everybody gets what is their own
OWNER = re.compile(r"can't find that workflow|Log not found|not kept any more")
RUNNER = re.compile(r"^Only Asha Rao can send this\.$")
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
    "run.refresh": OWNER,
    "minutes.start": OWN,
    "minutes.make": OWN,
    "minutes.edit": OWNER,
    "minutes.use": OWNER,
    "minutes.run": OWNER,
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
    "delete": (f"delete {NAME}", "failed", f'Delete "{NAME}"'),
    "run": (f"run {NAME}", "failed", NAME),
    "minutes": ("minutes Anybody: these are mine.", "failed", "these are mine"),
    "logs": (f"logs workflow {NAME}", "failed", "CANARY-error"),
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


@pytest.fixture
async def asha(signing, raw, stage_clock):  # noqa: F811
    """Asha, signed in, and everything of hers."""
    signing.microsoft.consent("asha", "User.Read")
    await signing.silently("asha", await signing.stage.say("asha", "connect"))
    await signing.stage.until("You are signed in, Asha Rao.")
    return await everything_of_asha(signing.stage, raw, stage_clock.now())


def made_up(name, owned):
    """A button nobody drew: a verb, with Asha's ids in it."""
    verb = VERBS[name]
    values = {**FIELDS, **owned.ids}
    data = verb(**{field: values[field] for field in verb.model_fields}).to_data()
    data |= {"in.notes": "mine", "in.name": "mine", "in.0.subject": "mine"}
    return {"type": "Action.Execute", "verb": name, "data": data}


def test_every_button_and_every_word_has_its_row():
    assert set(BUTTONS) == set(VERBS)
    assert set(WORDS) == {w for one in collect("bot.handlers", Command) for w in one.words}


@pytest.mark.parametrize("name", VERBS)
def test_a_button_that_names_something_is_not_for_everybody(name):
    marks = Id.__metadata__
    named = [f for f in VERBS[name].model_fields.values() if tuple(f.metadata) == marks]
    assert not named or BUTTONS[name] is not OWN


async def test_a_made_up_button_gives_others_nothing_and_changes_nothing(signing, raw, asha):  # noqa: F811
    stage = signing.stage
    homes = {
        (person, where): await stage.say(person, "home", where)
        for person, where in itertools.product(STRANGERS, PLACES)
    }
    for state, ((person, where), home) in itertools.product(STATES, homes.items()):
        put(raw, state)
        before = kept(raw, asha)
        for name, refusal in BUTTONS.items():
            await stage.press(person, home, made_up("dialog.discard", asha))
            shown = await stage.press(person, home, made_up(name, asha))
            tried = (name, person, where, state, shown)
            assert "CANARY" not in shown, tried
            assert refusal is OWN or refusal.search(shown), tried
            assert kept(raw, asha) == before, tried
        seen = [stage.text(message, person) for message in stage.teams.messages(where, person)]
        assert "CANARY" not in "".join(seen)


@pytest.mark.parametrize("name", [name for name, refusal in BUTTONS.items() if refusal])
async def test_the_same_button_works_for_asha(signing, raw, asha, name):  # noqa: F811
    """Without this, the test above could be green because the buttons are made up wrongly."""
    put(raw, STATE_OF.get(name, "review" if name.startswith("review.") else "failed"))
    before = kept(raw, asha)
    home = await signing.stage.say("asha", "help", "group")
    shown = await signing.stage.press("asha", home, made_up(name, asha))
    assert not BUTTONS[name].search(shown), shown
    reads = {"workflow.show", "workflow.delete", "log.show", "run.refresh", "minutes.edit"}
    asks = {"workflow.run", "run.sign_in", "run.start", "minutes.use", "dialog.keep"}
    assert name in reads | asks or kept(raw, asha) != before


async def test_what_others_type_finds_nothing_of_hers_and_changes_nothing(signing, raw, asha):  # noqa: F811
    stage = signing.stage
    before = {}
    for state in ("failed", "running"):
        put(raw, state)
        before[state] = kept(raw, asha)
    for person, (typed, state, _) in itertools.product(STRANGERS, WORDS.values()):
        put(raw, state)
        for text in (typed, typed.replace(NAME, NAME[:-1])):  # a guess may not be put right
            shown = stage.text(await stage.say(person, text.format(short=asha.short_id)))
            assert "CANARY" not in shown.replace(NAME[:-1], "", 1), (person, text, shown)
            assert "Asha" not in shown, (person, text)
            assert kept(raw, asha) == before[state], (person, text)
        await stage.say(person, "cancel")


@pytest.mark.parametrize("word", WORDS)
async def test_the_same_words_work_for_asha(signing, raw, asha, word):  # noqa: F811
    typed, state, told = WORDS[word]
    put(raw, state)
    said = await signing.stage.say("asha", typed.format(short=asha.short_id))
    assert told in signing.stage.text(said)
