"""Ask together what is asked at the same time: one round trip for many callers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Generic, TypeVar

from storage.errors import UnavailableError

_MOST_AT_ONCE = 500

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Together(Generic[Question, Answer]):
    """Questions that come while a round trip is under way all go with the next one.

    A question is never answered by a round trip that began before it was asked.
    """

    def __init__(self, ask_all: Callable[[list[Question]], Awaitable[list[Answer]]]) -> None:
        self._ask_all = ask_all
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """Give the answer. Errors: UnavailableError."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._asking is None or self._asking.done():
            # A task of its own: a caller that goes away must not take the others along, and one
            # with more patience must not keep them.
            self._asking = asyncio.create_task(self._work(), context=Context())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            batch = self._waiting[:_MOST_AT_ONCE]
            del self._waiting[:_MOST_AT_ONCE]
            await self._answer(batch)

    async def _answer(self, batch: list[tuple[Question, "asyncio.Future[Answer]"]]) -> None:
        """Answer everybody in the batch, whatever happens."""
        answers: list[Answer] = []
        failed = True
        try:
            answers = await self._ask_all([question for question, _ in batch])
            failed = False
        except UnavailableError:
            batch = batch + self._waiting  # they have waited as long: not another round for them
            self._waiting = []
        finally:
            for place, (_, future) in enumerate(batch):
                if future.done():  # the caller went away
                    continue
                if failed:
                    future.set_exception(UnavailableError())
                else:
                    future.set_result(answers[place])
