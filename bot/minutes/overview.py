"""The one paragraph that says what a meeting came to, in the notes' own sentences."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.minutes.extract import Sentence, split_sentences
from storage.minutes import ActionItem, Decision, NextMeeting

WORDS = 80
_CHARS = 700
_WORD = re.compile(r"[^\W\d_]{4,}")
_IDLE = re.compile(
    r"(?:good (?:morning|afternoon|evening)|good,|hello|hi\b|welcome|thank|great|perfect|okay|ok\b"
    r"|yes\b|yep|sure|agreed|sounds|absolutely|let['\u2019]?s|let me|i['\u2019]|i |can |could |what"
    r"|who|any |bye|nice|alright|morning|please|that\b|this\b|it\b|same\b|also|should\b|no\b)",
    re.IGNORECASE,
)


def make_overview(
    *,
    summary: Sequence[str],
    said: Sequence[Sentence],
    decisions: Sequence[Decision],
    actions: Sequence[ActionItem],
    following: NextMeeting | None,
) -> str:
    """Give at most 80 words: the notes' own summary, or main points, decisions, what is next."""
    if summary:
        return fit(part for line in summary for part in split_sentences(line))
    told = [_ended(f"Decided: {decision.text}") for decision in decisions[:3]]
    told += list(_outlook(actions, following))
    room = WORDS - sum(len(sentence.split()) for sentence in told)
    points = _main_points(said, room)
    return fit([*points, *told] or [_ended(one.text) for one in said[:3]])


def fit(parts: Iterable[str]) -> str:
    """Join whole sentences as long as they fit; a first one that is too long is cut."""
    held: list[str] = []
    words = chars = 0
    for part in parts:
        words += len(part.split())
        chars += len(part) + 1
        if words <= WORDS and chars <= _CHARS:
            held.append(part)
        elif not held:
            return " ".join(part[:_CHARS].split()[: WORDS - 1]) + " …"
        else:
            break
    return " ".join(held)


def _outlook(actions: Sequence[ActionItem], following: NextMeeting | None) -> Iterator[str]:
    if actions:
        open_ones = sum(item.assignee is None for item in actions)
        items = "1 action item" if len(actions) == 1 else f"{len(actions)} action items"
        verb = "was" if len(actions) == 1 else "were"
        yield f"{items} {verb} noted" + (f", {open_ones} without an owner." if open_ones else ".")
    if following is not None and following.day is not None:
        day, time = following.day, following.starts_at
        at = f" at {time:%H:%M}" if time else ""
        yield f"The next meeting is on {day:%A}, {day.day} {day:%B %Y}{at}."


def _main_points(said: Sequence[Sentence], room: int) -> list[str]:
    """Choose the weightiest statements, one a speaker first, and tell them in their order."""
    chosen: list[int] = []
    speakers: set[str | None] = set()
    for index in weightiest(said, 12):
        cost = len(said[index].text.split())
        if cost > room or (said[index].speaker in speakers and len(speakers) > 1):
            continue
        room -= cost
        chosen.append(index)
        speakers.add(said[index].speaker)
        if len(chosen) == 3:
            break
    return [_ended(said[index].text) for index in sorted(chosen)]


def weightiest(said: Sequence[Sentence], most: int) -> list[int]:
    """Give the indexes of the statements whose words weigh most in the whole talk."""
    weights = Counter(word for one in said for word in set(_words(one.text)))
    scores = [
        (sum(weights[word] for word in words) / (len(words) + 3), -index)
        for index, one in enumerate(said)
        if (words := set(_words(one.text))) and _tells(one.text)
    ]
    return [-index for _, index in sorted(scores, reverse=True)[:most]]


def _tells(text: str) -> bool:
    length = len(text.split())
    return 4 <= length <= 40 and not text.endswith(("?", ":")) and not _IDLE.match(text)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
