"""What talk came to: promises, requests that were taken up, decisions. Rules, no model."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.minutes.dates import Said
from bot.minutes.labels import is_name_like
from bot.minutes.tasks import TaskReader
from bot.minutes.vtt import Spoken
from storage.minutes import ActionItem, Decision

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。\uff01\uff1f])|\n+")
_TITLES = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|e\.g|i\.e|approx|No)\.$")
_LONGEST = 400
_OPENERS = (
    r"(?:(?:yes|yep|yeah|sure|okay|ok|great|thanks|good|nice|perfect|absolutely|alright|right|fine"
    r"|and|so|then|also|but|well|of course)[,.!]*\s+){0,4}"
)
_PROMISE = re.compile(
    rf"{_OPENERS}I(?P<firm>['\u2019]ll|\swill|['\u2019]m\sgoing\sto|\sam\sgoing\sto|\scan)\s"
    r"(?:also\s|just\s|then\s|definitely\s)?(?P<task>[a-z].+)$",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"(?:need|be|see|say|admit|guess|have\sto|think|miss|know|let\syou|leave\sit|stop|try\sto\sbe"
    r"|lead|help\swith|do\b\W*$|hear|hand\sover\sto|pass\s(?:it\s)?over|start\s(?:with|by)|handle)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    rf"{_OPENERS}(?:(?P<name>[^\W\d_][\w.'\u2019-]{{0,30}}(?:\s[^\W\d_][\w'\u2019-]{{0,30}})?),\s)?"
    r"(?:(?:can|could|would|will)\syou\s(?:please\s)?|please\s)(?P<task>[a-z][^?]+)\??$",
    re.IGNORECASE,
)
_THIRD = re.compile(
    r"(?P<name>[^\W\d_][\w.'\u2019-]{0,30}(?:\s[^\W\d_][\w'\u2019-]{0,30})?)\s"
    r"(?:will|is\sgoing\sto|agreed\sto|promised\sto|offered\sto|volunteered\sto|is\sto)\s"
    r"(?!be\b)(?P<task>[a-z].+)$"
)
_NO_NAMES = frozenset(
    {"we", "they", "it", "this", "that", "there", "he", "she", "you", "who", "everyone", "the"}
    | {"these", "those", "nobody", "somebody", "someone", "which", "what", "i", "one", "all"}
)
_MUST = re.compile(
    r"(?:we|somebody|someone)\s(?:need\sto|must|have\sto)\s(?P<task>.+)$", re.IGNORECASE
)
_YES = re.compile(
    r"(?:yes|yep|yeah|sure|okay|ok|will\sdo|of\scourse|absolutely|no\sproblem|I['\u2019]ll|I\scan|fine"
    r"|agreed|sounds\sgood|good|done|certainly|great)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"\b(?:it|that|this|those|them)\b", re.IGNORECASE)
_LETS = re.compile(
    r"(?:^|[,;]\s|\bso\s|\bthen\s|\bokay\s|\bno,\s)let['\u2019]?s\s(?P<text>(?:go\swith|push|postpone|move|drop|use|adopt|freeze"
    r"|cancel|stick\s(?:to|with)|skip|choose|pick|ship|launch|delay|keep)\s.+)$",
    re.IGNORECASE,
)
_DECIDED = re.compile(
    r"\b(?:we|the\steam|everyone)(?:['\u2019]ve|\shave)?\s(?:all\s)?(?:decided|agreed|resolved)"
    r"(?:\swith\s[\w\s]{1,30})?(?:\sthat|\sto|\son|,|:)\s(?P<text>.{6,})$",
    re.IGNORECASE,
)
_NO_DECISION = re.compile(
    r"keep (?:this|it) (?:short|brief|quick)|move on|use the time", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and who says it; `turn` counts the turns it stands in."""

    speaker: str | None
    text: str
    turn: int


def sentences(turns: Sequence[Spoken]) -> list[Sentence]:
    """Cut turns into sentences, in order."""
    return [
        Sentence(turn.speaker, text, number)
        for number, turn in enumerate(turns)
        for text in split_sentences(turn.text)
    ]


def split_sentences(text: str) -> Iterator[str]:
    """Cut a text after its full stops, but not after `Dr.`."""
    held: list[str] = []
    for part in filter(None, map(str.strip, _SENTENCE.split(text))):
        held.append(part)
        if _TITLES.search(part[-12:]) is None:
            yield " ".join(held)
            held = []
    if held:
        yield " ".join(held)


def spoken_actions(said: Sequence[Sentence], reader: TaskReader) -> tuple[ActionItem, ...]:
    """Find what somebody took on: their own promise, or a request they said yes to."""
    found: dict[str, ActionItem] = {}
    answered: set[int] = set()
    for index, one in enumerate(said):
        if len(one.text) > _LONGEST or index in answered:
            continue
        item = _requested(said, index, reader, answered) or _promised(one, reader)
        if item is not None:
            found.setdefault(f"{item.assignee}|{item.task}".casefold(), item)
    return tuple(found.values())


def _promised(one: Sentence, reader: TaskReader) -> ActionItem | None:
    promise = _PROMISE.match(one.text)
    if promise and one.speaker and not _WEAK.match(promise["task"]):
        task, due = _task(promise["task"], reader)
        if due is None and promise["firm"].strip() == "can":
            return None
        return reader.item(task, reader.people.or_as_said(one.speaker), _day(due), one.text)
    third = _THIRD.match(one.text)
    if third and _is_somebody(third["name"], reader):
        task, due = _task(third["task"], reader)
        return reader.item(task, reader.owner(third["name"]), _day(due), one.text)
    must = _MUST.match(one.text)
    if must:
        task, due = _task(must["task"], reader)
        return reader.item(task, None, _day(due), one.text) if due else None
    return None


def _is_somebody(name: str, reader: TaskReader) -> bool:
    """Say whether a sentence's first word is a person: known, or a name where nobody is known."""
    strange = not reader.people and is_name_like(name) and name.casefold() not in _NO_NAMES
    return reader.people.knows(name) or strange


def _requested(
    said: Sequence[Sentence], index: int, reader: TaskReader, answered: set[int]
) -> ActionItem | None:
    """Read a request; it counts when the one who is asked, or speaks next, says yes."""
    one = said[index]
    request = _REQUEST.match(one.text)
    if request is None:
        return None
    reply = next(
        (i for i in range(index + 1, min(index + 4, len(said))) if said[i].turn != one.turn), None
    )
    if reply is None or said[reply].turn != one.turn + 1 or not _YES.match(said[reply].text):
        return None
    if len(said[reply].text) > _LONGEST:
        return None
    owner = said[reply].speaker
    named = request["name"] and reader.people.one(request["name"])
    if owner is None or (named and named != reader.people.one(owner)):
        return None
    task, due = _task(request["task"], reader)
    promise = _PROMISE.match(said[reply].text)
    if promise and not _WEAK.match(promise["task"]):
        answered.add(reply)
        own_task, own_due = _task(promise["task"], reader)
        due = own_due or due
        task = task if _POINTS_BACK.search(own_task) else own_task
    return reader.item(task, reader.people.or_as_said(owner), _day(due), one.text)


def _task(words: str, reader: TaskReader) -> tuple[str, Said | None]:
    words = words.strip().rstrip("?.!")
    return reader.due_in(words)


def _day(said: Said | None) -> date | None:
    return said.day if said else None


def spoken_decisions(said: Sequence[Sentence]) -> tuple[Decision, ...]:
    """Find what was settled: `let's ...` with a decision's verb, `we decided ...`."""
    found: dict[str, Decision] = {}
    for one in said:
        if len(one.text) > _LONGEST or one.text.endswith("?") or _NO_DECISION.search(one.text):
            continue
        settled = _LETS.search(one.text) or _DECIDED.search(one.text)
        if settled:
            text = settled["text"].strip().rstrip(".!")
            text = text[0].upper() + text[1:]
            found.setdefault(text.casefold(), Decision(text, None, one.text))
    return tuple(found.values())
