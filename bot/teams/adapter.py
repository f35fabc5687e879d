"""The front of the bot: a request in, an HTTP answer out, and never a 500."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import structlog
from aiohttp import web
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.schema import Activity, InvokeResponse

from bot.clock import Clock
from bot.teams import wire
from bot.teams.connector import Connector, ConnectorError
from bot.teams.context import LeanTurnContext
from bot.teams.file_consent import NAME as FILE_CONSENT
from bot.teams.gate import Gate
from bot.teams.handler import ConsultFlowBot, Deliveries
from bot.teams.message_actions import FETCH, SUBMIT, task_of
from bot.teams.messages import activity_of, answer_of, problem_of
from bot.teams.presses import EXECUTE
from bot.teams.refusal import RefusalError
from storage.errors import ConsultFlowError, UnavailableError

log = structlog.get_logger(__name__)

# What may have an effect, so that a second delivery of it must not. Others are only read.
_COUNTED = frozenset({"message", "invoke", "event", "installationUpdate", "conversationUpdate"})

_ON_IT = "I'm on it. The result will show up here in a moment."


class TeamsAdapter(CloudAdapterBase):
    """The SDK's adapter with our own front, connector and limits on time."""

    def __init__(
        self,
        *,
        gate: Gate,
        connector: Connector,
        bot: ConsultFlowBot,
        deliveries: Deliveries,
        clock: Clock,
        answer_within_seconds: float,
        new_reference: Callable[[], str],
    ) -> None:
        # The base class wants an authentication; ours stands at the gate, before any of its code.
        super().__init__(cast("Any", gate))
        self._gate = gate
        self._connector = connector
        self._bot = bot
        self._deliveries = deliveries
        self._clock = clock
        self._answer_within_seconds = answer_within_seconds
        self._new_reference = new_reference
        self._turns: set[asyncio.Task[web.Response]] = set()

    async def process(self, request: web.Request) -> web.Response:
        """Answer a request to /api/messages, within seconds even where the turn takes longer."""
        try:
            activity = await self._gate.admit(request)
        except RefusalError as refusal:
            log.warning("request refused", status=refusal.status, reason=str(refusal))
            return refusal.response()
        context = LeanTurnContext(self, activity, self._connector)
        turn = asyncio.create_task(self._turn(context))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        await asyncio.wait((turn,), timeout=self._answer_within_seconds)
        if turn.done():
            return turn.result()
        context.late = True
        return _http(_while_working(activity))

    async def drain(self, *, seconds: float | None = None) -> None:
        """Wait for turns that outlived their requests; after so many seconds end them."""
        if self._turns:
            _, late = await asyncio.wait(set(self._turns), timeout=seconds)
            for turn in late:
                turn.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _turn(self, context: LeanTurnContext) -> web.Response:
        structlog.contextvars.bind_contextvars(turn_id=context.activity.id)
        try:
            if not await self._is_first(context):
                return _http(_to_a_repeat(context.activity))
            await self.run_pipeline(context, self._bot.on_turn)
        except ConsultFlowError as error:
            if isinstance(error, UnavailableError):
                self._deliveries.let_come_again(_key(context))
            return await self._tell(context, str(error), ours=False)
        except Exception:  # the turn's boundary: whoever asked gets an answer, the log the trace
            reference = self._new_reference()
            log.exception("turn failed", reference=reference)
            sentence = (
                "Something went wrong on my side, and it has been noted. Try again; if it happens "
                f"again, tell your administrator this number: {reference}."
            )
            return await self._tell(context, sentence, ours=True)
        return _http(self._result(context))

    async def _is_first(self, context: LeanTurnContext) -> bool:
        if context.activity.type not in _COUNTED:
            return True
        return await self._deliveries.first(_key(context), now=self._clock.now())

    async def _tell(self, context: LeanTurnContext, sentence: str, *, ours: bool) -> web.Response:
        """Bring a sentence to whoever asked, the way they asked."""
        activity = context.activity
        button = activity.type == "invoke" and activity.name == EXECUTE
        file = activity.type == "invoke" and activity.name == FILE_CONSENT
        # Teams shows nothing of the answer to a file's card: it is said in the chat.
        if activity.type == "message" or file or (button and context.late):
            try:
                await context.send_activity(activity_of(sentence))
            except ConnectorError as error:
                log.warning("could not answer", status=error.status, code=error.code)
        if button:
            return _http(problem_of(sentence, ours=ours))
        if activity.type == "invoke" and activity.name in (FETCH, SUBMIT):
            return _http(task_of(sentence, title="ConsultFlow"))
        return _http(InvokeResponse(status=200) if file else self._result(context))

    def _result(self, context: LeanTurnContext) -> InvokeResponse | None:
        """Give what the turn left for the HTTP answer; 501 for an invoke nobody knows."""
        if context.activity.delivery_mode == "expectReplies":
            said = [wire.dump(activity) for activity in context.buffered_reply_activities]
            return InvokeResponse(status=200, body={"activities": said})
        if context.activity.type != "invoke":
            return None
        left = context.turn_state.get(self._INVOKE_RESPONSE_KEY)
        return left.value if isinstance(left, Activity) else InvokeResponse(status=501)


def _key(context: LeanTurnContext) -> str:
    return f"{context.place.tenant_id}|{context.place.id}|{context.activity.id}"


def _http(answer: InvokeResponse | None) -> web.Response:
    if answer is None or answer.body is None:
        return web.Response(status=answer.status if answer else 200)
    return web.Response(
        status=answer.status, body=wire.encode(answer.body), content_type="application/json"
    )


def _to_a_repeat(activity: Activity) -> InvokeResponse | None:
    """Answer a second delivery so that Teams stops sending it, and shows nothing new."""
    if activity.type != "invoke":
        return None
    return answer_of("") if activity.name == EXECUTE else InvokeResponse(status=200)


def _while_working(activity: Activity) -> InvokeResponse | None:
    if activity.type == "invoke" and activity.name == EXECUTE:
        return answer_of(_ON_IT)
    if activity.type == "invoke" and activity.name == SUBMIT:
        return task_of(_ON_IT, title="ConsultFlow")
    if activity.type == "invoke" and activity.name == FETCH:
        return task_of("This takes longer than it should. Try again.", title="ConsultFlow")
    return None
