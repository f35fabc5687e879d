"""Teams' limits on how fast a bot may speak, kept to by waiting."""

from collections import OrderedDict, deque

from bot.clock import Clock
from bot.teams.connector import Pause
from storage.models import Conversation

# At most so many calls in so many seconds. Source: Teams' "rate limit", per bot and thread.
PER_CONVERSATION = ((7, 1), (8, 2), (60, 30), (1800, 3600))
# Documented: 30 a second for an app in a tenant. Some are left for answers to turns.
PER_TENANT = ((25, 1),)
_MOST = 4096

Rules = tuple[tuple[int, int], ...]


class Limiter:
    """Lets calls through no faster than Teams takes them."""

    def __init__(self, clock: Clock, pause: Pause) -> None:
        self._clock = clock
        self._pause = pause
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()

    async def wait_for(self, conversation: Conversation) -> None:
        """Wait until one more call to a conversation is within the limits, and count it."""
        thread = f"{conversation.tenant_id}|{conversation.id}"
        lanes = (
            self._lane(thread, PER_CONVERSATION),
            self._lane(conversation.tenant_id, PER_TENANT),
        )
        while (seconds := max(lane.wait_seconds(self._clock) for lane in lanes)) > 0:
            await self._pause(seconds)
        for lane in lanes:
            lane.count(self._clock)

    def _lane(self, key: str, rules: Rules) -> "_Lane":
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(rules)
        self._lanes.move_to_end(key)
        if len(self._lanes) > _MOST:
            self._lanes.popitem(last=False)
        return lane


class _Lane:
    """The instants of the latest calls, as many as the widest rule looks back on."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._calls: deque[float] = deque(maxlen=max(most for most, _ in rules))

    def count(self, clock: Clock) -> None:
        self._calls.append(clock.now().timestamp())

    def wait_seconds(self, clock: Clock) -> float:
        now = clock.now().timestamp()
        return max(
            (
                self._calls[-most] + seconds - now
                for most, seconds in self._rules
                if len(self._calls) >= most
            ),
            default=0.0,
        )
