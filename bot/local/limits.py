"""How often a bot may call into one conversation. Source: Teams, rate limiting for bots."""

import math
from collections import defaultdict, deque
from collections.abc import Callable

Rule = tuple[int, int]  # at most so many calls in so many seconds
WRITES: tuple[Rule, ...] = ((7, 1), (8, 2), (60, 30), (1800, 3600))
READS: tuple[Rule, ...] = ((14, 1), (16, 2), (120, 30), (3600, 3600))


class Limits:
    """Counts calls by conversation and kind, and says when one too many may be tried again."""

    def __init__(
        self,
        seconds: Callable[[], float],
        *,
        writes: tuple[Rule, ...] = WRITES,
        reads: tuple[Rule, ...] = READS,
    ) -> None:
        self._seconds = seconds
        self._rules = {"write": writes, "read": reads}
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def wait(self, kind: str, conversation_id: str) -> int | None:
        """Count a call and give None, or give the whole seconds to wait and count nothing."""
        now = self._seconds()
        rules = self._rules[kind]
        calls = self._calls[kind, conversation_id]
        while calls and rules and calls[0] <= now - max(span for _, span in rules):
            calls.popleft()
        waits = [
            calls[-most] + span - now
            for most, span in rules
            if len(calls) >= most and calls[-most] > now - span
        ]
        if waits:
            return max(1, math.ceil(max(waits)))
        calls.append(now)
        return None
