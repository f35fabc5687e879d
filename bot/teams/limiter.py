"""Teams' limits on how fast a bot may speak, kept to by waiting in line."""

import asyncio
import math
from collections import OrderedDict, deque
from contextlib import AsyncExitStack
from datetime import datetime

from bot.clock import Clock
from bot.teams.connector import Pause
from storage.models import Conversation

Rules = tuple[tuple[int, float], ...]  # at most so many calls in so many seconds

# Source: Teams' "rate limit", per bot and thread.
PER_CONVERSATION: Rules = ((7, 1), (8, 2), (60, 30), (1800, 3600))
# Documented: 30 a second for an app in a tenant. Some are left for other processes.
PER_TENANT: Rules = ((25, 1),)
# What states in between may take of it: messages and last states do not wait behind them, and a
# busy conversation slows down instead of falling silent once its hour is used up.
SPARE_OF_CONVERSATION: Rules = ((5, 1), (6, 2), (45, 30), (200, 600))
SPARE_OF_TENANT: Rules = ((18, 1),)

_SLACK_SECONDS = 0.1  # two calls may come closer together on their way
_LONGEST_HOLD_SECONDS = 30.0
_MOST = 4096


class Limiter:
    """Lets calls through no faster than Teams takes them; of one kind, first come, first served."""

    def __init__(self, clock: Clock, pause: Pause) -> None:
        self._clock = clock
        self._pause = pause
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()

    async def wait_for(self, conversation: Conversation, *, spare: bool = False) -> None:
        """Wait until one more call to a conversation is within the limits, and count it.

        A `spare` call leaves room for those that matter more, and never stands in their way.
        """
        lanes = self._of(conversation)
        async with AsyncExitStack() as held:
            for yields in (True, False) if spare else (False,):
                for lane in lanes:
                    await held.enter_async_context(lane.line(spare=yields))
                    while (seconds := lane.wait_seconds(self._clock.now(), spare=yields)) > 0:
                        await self._pause(seconds)
            for lane in lanes:
                lane.count(self._clock.now())

    def note(self, conversation: Conversation) -> None:
        """Count a call that could not wait."""
        for lane in self._of(conversation):
            lane.count(self._clock.now())

    def hold(self, conversation: Conversation, seconds: float) -> None:
        """Let nothing through to a conversation that Teams calls too busy, for 30 s at most."""
        thread, _tenant = self._of(conversation)
        thread.hold(self._clock.now(), min(seconds, _LONGEST_HOLD_SECONDS))

    def _of(self, conversation: Conversation) -> "tuple[_Lane, _Lane]":
        tenant = conversation.tenant_id
        return (
            self._lane(f"{tenant}|{conversation.id}", PER_CONVERSATION, SPARE_OF_CONVERSATION),
            self._lane(tenant, PER_TENANT, SPARE_OF_TENANT),
        )

    def _lane(self, key: str, rules: Rules, spare: Rules) -> "_Lane":
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(rules, spare)
        self._lanes.move_to_end(key)
        if len(self._lanes) > _MOST:
            oldest = next(iter(self._lanes))
            if not self._lanes[oldest].in_use:
                del self._lanes[oldest]
        return lane


class _Lane:
    """The instants of the latest calls, and those who wait to make the next."""

    def __init__(self, rules: Rules, spare: Rules) -> None:
        self._rules = {False: rules, True: spare}
        self._lines = {False: asyncio.Lock(), True: asyncio.Lock()}  # a lock wakes in order
        self._longest = max(seconds for _, seconds in rules)
        self._calls: deque[float] = deque(maxlen=max(most for most, _ in (*rules, *spare)))
        self._held_until = 0.0

    @property
    def in_use(self) -> bool:
        return any(line.locked() for line in self._lines.values())

    def line(self, *, spare: bool) -> asyncio.Lock:
        return self._lines[spare]

    def count(self, now: datetime) -> None:
        instant = now.timestamp()
        while self._calls and self._calls[0] < instant - self._longest - 1:
            self._calls.popleft()
        self._calls.append(instant)

    def hold(self, now: datetime, seconds: float) -> None:
        self._held_until = max(self._held_until, now.timestamp() + seconds)

    def wait_seconds(self, now: datetime, *, spare: bool) -> float:
        """Tell how long the next call has to wait; whole milliseconds, as the clock tells them."""
        instant = now.timestamp()
        if self._calls and self._calls[-1] > instant:
            self._put_back(self._calls[-1] - instant)
        waits = [self._held_until - instant]
        for most, seconds in self._rules[spare]:
            if len(self._calls) >= most:
                waits.append(self._calls[-most] + seconds + _SLACK_SECONDS - instant)
        return max(math.ceil(max(waits) * 1000 - 0.5) / 1000, 0.0)

    def _put_back(self, seconds: float) -> None:
        """Follow a clock that was put back, which must not silence anybody for as long."""
        self._held_until -= seconds
        self._calls = deque((call - seconds for call in self._calls), maxlen=self._calls.maxlen)
