"""The sign that an answer is being written, for answers that take a while."""

import asyncio
from types import TracebackType

from botbuilder.schema import Activity

from bot.teams.connector import ConnectorError
from bot.teams.context import LeanTurnContext
from storage.models import ConversationKind


class TypingSign:
    """Shows the sign once the work inside has taken `after_seconds`; never in a channel."""

    def __init__(self, context: LeanTurnContext, after_seconds: float) -> None:
        self._context = context
        self._after = after_seconds
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        if self._context.place.kind is not ConversationKind.CHANNEL:
            self._timer = asyncio.get_running_loop().call_later(self._after, self._begin)

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            # Sent before the answer or not at all: a sign after it would stay.
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._send(), name="typing sign")

    async def _send(self) -> None:
        try:
            await self._context.send_activity(Activity(type="typing"))
        except ConnectorError:
            return  # the answer itself will meet the same trouble and say so
