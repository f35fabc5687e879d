"""One written line of an action list, read into who does what by when."""

import re
from dataclasses import dataclass
from datetime import date

from bot.minutes.dates import DayReader, Said
from bot.minutes.labels import is_name_like
from bot.minutes.people import People
from storage.minutes import ActionItem

_NONE = re.compile(
    r"(?:no(?:ne|thing|t applicable)?\b.{0,40}|n/?a|nil|tbd|tbc|-+)[.!]?$", re.IGNORECASE
)
_TAG = re.compile(
    r"(?:\[(?:high|medium|low|p\d|open|done|todo|wip)\]|(?:action|ai|todo|task)\s?[-#]?\d{0,3}\s?:)\s+",
    re.IGNORECASE,
)
_GROUP_WORDS = r"(?:everyone|everybody|all|team|the team|we|whole team|both)"
_VERB = (
    r"(?:to|will|shall|should|must|needs? to|has to|have to|is to|are to|is going to|agreed to"
    r"|promised to|volunteered to|offered to)"
)
_SUBJECT = re.compile(rf"@?([^,:;()]{{1,60}}?)\s+{_VERB}\s+(?=\S)(?!be\b)")
_OWNER = re.compile(
    r"(?:owner|owners|assignee|assigned to|assigned|responsible|who|by whom|lead)\s*[:=]\s*@?(.+)$",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"(?:due date|due by|due on|due|deadline|by when|when|target date|target|eta)\s*[:=]?\s+(.+)$",
    re.IGNORECASE,
)
_BEFORE_DAY = re.compile(
    r"(?:[\s,;:(\[\u2013—-]*\b(?:no later than|not later than|due(?:\s(?:date|by|on))?:?|deadline:?"
    r"|by(?:\sthe)?|before(?:\sthe)?|until|till|on(?:\sthe)?|at(?:\sthe)?)\s*|[\s,;:(\[\u2013—-]*)$",
    re.IGNORECASE,
)
_NOT_DUE = re.compile(
    r"\b(?:for|of|from|since|after|last|every|each|in|to|and|or|the|on the|this|week|post|per)\s*$",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s.,;:)\]!]*$")
_CLOCK_TAIL = re.compile(
    r",?\s(?:at\s)?\d{1,2}[:.\d]{0,3}\s?(?:[ap]\.?m\.?)?(?:\s[A-Z]{2,4})?[\s.)]*$", re.I
)
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]{1,120})[)\]]\s*[.]?$")
_PIECE = re.compile(r"\s+[-\u2013—]+>?\s+|\s*\|\s*|;\s+|\s+→\s+")
_LONGEST = 600  # a longer line is a story: it is kept whole, nothing is read out of it
_AND = re.compile(r"\s*(?:,|&|/|\+|\band\b)\s*", re.IGNORECASE)
_ORDERS = (
    "add agree align analyse analyze announce approve arrange ask assess assign attend book brief"
    " bring build buy call cancel change check circulate clarify clean close collect compile"
    " complete confirm connect contact continue coordinate create decide define deliver deploy"
    " design determine develop discuss distribute document download draft email ensure escalate"
    " estimate evaluate explore file finalise finalize find finish fix follow forward get give go"
    " grant hire identify implement improve include inform install introduce investigate invite"
    " join keep launch learn let look maintain make meet merge monitor move need negotiate notify"
    " obtain onboard open order organise organize pay plan post prepare present prioritise"
    " prioritize propose provide publish pull push put raise reach read rebook record reduce"
    " refactor register release remember remind remove reply report request research reschedule"
    " reserve resolve respond return review revise run schedule send set setup share ship sign"
    " speak start stop submit suggest summarise summarize support sync take talk tell test train"
    " transfer translate try update upgrade upload validate verify visit wait work write"
)
_IMPERATIVE = frozenset(_ORDERS.split())


@dataclass(frozen=True, slots=True)
class TaskReader:
    """Reads action lines against the people and the day of one meeting."""

    people: People
    days: DayReader

    def read(self, text: str, *, owner: str | None = None) -> ActionItem | None:
        """Read one line; None when it says that there is nothing to do.

        `owner` is who the line stands under, where the list is grouped by person.
        """
        quote = text.strip()
        words = _TAG.sub("", quote, count=1).strip()
        if not words or _NONE.match(words):
            return None
        if len(words) > _LONGEST:
            return self.item(words, owner, None, quote)
        words, due, told = self._off_the_end(words)
        words, named = self._owner_first(words)
        if due is None:
            words, due = self.due_in(words)
        if named is None:
            words, named = self._owner_first(words)
        return self.item(words, named or told or owner, due.day if due else None, quote)

    def from_row(self, task: str, owner: str, due: str, quote: str) -> ActionItem | None:
        """Read a table's row; an owner or a day that says nothing, such as `TBD`, is none."""
        item = self.read(task)
        if item is None:
            return None
        named = self.owner(owner) if owner and not _NONE.match(owner) else item.assignee
        day = next((said.day for said in self.days.find(due)), item.due)
        return self.item(item.task, named, day, quote)

    def item(self, task: str, owner: str | None, due: date | None, quote: str) -> ActionItem:
        """Make an item of its parts: the task as an imperative that begins with a capital."""
        task = task.strip(" \t,;:\u2013—-").removesuffix(".").strip() or quote
        return ActionItem(task[0].upper() + task[1:], owner, due, quote)

    def owner(self, said: str) -> str | None:
        """Name whoever words mean: one attendee, several, or a name as said; never a guess."""
        said = said.strip(" @.,:;*")
        if not said:
            return None
        whole = self.people.one(said)
        if whole is not None:
            return whole
        parts = [part.strip(" @") for part in _AND.split(said) if part.strip(" @")]
        if len(parts) > 1 and any(self.people.knows(part) for part in parts):
            return ", ".join(self.people.or_as_said(part) for part in parts)
        return said

    def due_in(self, words: str) -> tuple[str, Said | None]:
        """Take the day a task is due off its words; a day in the middle of them stays."""
        for said in self.days.find(words):
            before = _BEFORE_DAY.search(words[: said.start])
            if said.day is None or before is None:
                continue
            after = words[said.end :]
            if before.start() == 0 and after.lstrip().startswith(","):
                return after.lstrip(" ,"), said
            bare = not before[0].strip(" ,;:(\u2013—-[")
            if bare and _NOT_DUE.search(words[: said.start]):
                continue
            if _TAIL.match(after):
                return words[: before.start()], said
            if _CLOCK_TAIL.match(after):
                return words, said
        return words, None

    def _off_the_end(self, words: str) -> tuple[str, Said | None, str | None]:
        """Take owner and day off a line's end, where they stand in brackets or after a dash."""
        due: Said | None = None
        owner: str | None = None
        for _ in range(4):
            cut = self._last_piece(words)
            if cut is None:
                break
            rest, pieces = cut
            read = [self._piece(piece) for piece in pieces]
            if not all(read):
                break
            words = rest
            due = next((one for one in read if isinstance(one, Said)), due)
            owner = next((one for one in read if isinstance(one, str)), owner)
        return words, due, owner

    def _last_piece(self, words: str) -> tuple[str, list[str]] | None:
        bracket = _BRACKET.search(words)
        if bracket and bracket.start():
            pieces = re.split(r"[,;|]\s*|\s[-\u2013—]\s", bracket[1])
            return words[: bracket.start()], pieces
        cuts = list(_PIECE.finditer(words[-160:]))
        if not cuts:
            return None
        offset = max(0, len(words) - 160)
        rest = words[: offset + cuts[-1].start()]
        return (rest, [words[offset + cuts[-1].end() :]]) if rest.strip() else None

    def _piece(self, piece: str) -> Said | str | None:
        """Read a piece that is wholly a day or wholly an owner; None when it is neither."""
        piece = piece.strip(" .*@_")
        labelled = _OWNER.match(piece)
        if labelled:
            return self.owner(labelled[1])
        due = _DUE.match(piece)
        said = next(self.days.find(due[1] if due else piece), None)
        if said is not None and said.day is not None:
            left = (due[1] if due else piece)[: said.start]
            right = (due[1] if due else piece)[said.end :]
            whole = _BEFORE_DAY.match(left) is not None or not left.strip()
            return said if whole and (_TAIL.match(right) or _CLOCK_TAIL.match(right)) else None
        return self.people.one(piece) or self._stranger(piece)

    def _stranger(self, piece: str) -> str | None:
        """Take a name nobody introduced, only where the notes introduce nobody."""
        if self.people.knows(piece):
            return piece
        plain = is_name_like(piece) and not piece.isupper() and len(piece.split()) <= 3
        return piece if plain and not self.people and "." not in piece else None

    def _owner_first(self, words: str) -> tuple[str, str | None]:
        """Take the owner off a line's beginning: `Ben to ...`, `@Ben: ...`, `Ben - ...`."""
        bracket = re.match(r"[\[(]@?([^\[\]()]{1,60})[\])]:?\s+(?=\S)", words)
        if bracket and (self.people.knows(bracket[1]) or self._stranger(bracket[1])):
            return words[bracket.end() :], self.owner(bracket[1])
        marked = re.match(r"@?([^:\u2013—@]{1,60}?)(?::\s+|\s+[-\u2013—]+>?\s+)(?=\S)", words)
        if marked and (words[0] == "@" or self._names(marked[1])):
            rest = words[marked.end() :]
            return re.sub(rf"^{_VERB}\s+", "", rest), self.owner(marked[1])
        subject = _SUBJECT.match(words)
        if subject and self._names(subject[1]):
            return words[subject.end() :], self.owner(subject[1])
        mention = re.match(r"@(\w[\w.-]{0,40})\s+(?=\S)", words)
        return (words[mention.end() :], self.owner(mention[1])) if mention else (words, None)

    def _names(self, said: str) -> bool:
        """Say whether a line's first words name somebody, and are no order to somebody."""
        if re.fullmatch(_GROUP_WORDS, said, re.IGNORECASE):
            return True
        parts = [part.strip(" @") for part in _AND.split(said) if part.strip(" @")]
        if parts and all(self.people.knows(part) for part in parts):
            return True
        return bool(parts) and all(
            is_name_like(part)
            and len(part.split()) <= 3
            and part.split()[0].casefold() not in _IMPERATIVE
            for part in parts
        )
