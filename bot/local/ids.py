"""New ids, in the shapes Teams gives them. Time and chance come in as arguments."""

import base64
import random
from datetime import datetime

from bot.clock import Clock


class Ids:
    """Hands out ids that are never given twice by one object."""

    def __init__(self, clock: Clock, chance: random.Random | None = None) -> None:
        self._clock = clock
        self._chance = chance or random.SystemRandom()
        self._last = 0

    def message(self) -> str:
        """Give a message's id: the present milliseconds, moved on while they are taken."""
        now = int(self._clock.now().timestamp() * 1000)
        self._last = max(now, self._last + 1)
        return str(self._last)

    def after(self, message_id: str) -> None:
        """Give no id at or below this one again."""
        self._last = max(self._last, int(message_id))

    def activity(self) -> str:
        """Give the id of an activity that is not a message."""
        return f"f:{self.guid()}"

    def guid(self) -> str:
        """Give a random version 4 GUID."""
        digits = f"{self._chance.getrandbits(128):032x}"
        return "-".join(
            (digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:])
        )

    def meeting_chat(self) -> str:
        """Give the id of a new meeting's chat."""
        name = base64.b64encode(self.guid().encode()).decode().rstrip("=")
        return f"19:meeting_{name}@thread.v2"


def meeting_id(chat_id: str) -> str:
    """Give the id bots know a meeting by."""
    return base64.b64encode(f"0#{chat_id}#0".encode()).decode()


def graph_meeting_id(chat_id: str, organizer_object_id: str) -> str:
    """Give the id Microsoft Graph knows the same meeting by."""
    return base64.b64encode(f"1*{organizer_object_id}*0**{chat_id}".encode()).decode()


def iso(instant: datetime) -> str:
    """Write an aware instant as Teams does: UTC, milliseconds, `Z`."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
