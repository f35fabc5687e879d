"""What comes of a step that did not work: a wait, a question, another try, or a reason."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from bot.workflows.action import Action, Repeat, UnknownOutcomeError
from bot.workflows.holds import later_hold, sign_in_hold
from storage.database import Storage
from storage.errors import (
    ConsultFlowError,
    GraphError,
    LeaseLostError,
    RemoteError,
    SignInNeededError,
    UnavailableError,
)
from storage.models import Json, Run, StepStatus

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Writes it down, under the run's fence."""

    storage: Storage
    clock: Clock
    step_seconds: float
    chance: Callable[[], float]

    async def guarded(
        self, run: Run, position: int, action: Action, work: Callable[[], Awaitable[Run]]
    ) -> Run:
        """Do a step's work; whatever it raises becomes the step's outcome.

        Errors: LeaseLostError; UnavailableError.
        """
        try:
            return await work()
        except (LeaseLostError, UnavailableError):
            raise
        except ConsultFlowError as error:
            return await self._refused(run, position, action, error)
        except TimeoutError:
            return await self._late(run, position, action)
        except Exception:  # noqa: BLE001  a step is one of the few places a bug is caught at
            return await self.fail(run, position, self._bug(run, run.plan[position].id))

    async def _refused(
        self, run: Run, position: int, action: Action, error: ConsultFlowError
    ) -> Run:
        if isinstance(error, SignInNeededError):
            hold = sign_in_hold(run.steps[position], error, now=self.clock.now())
            return await self.hold(run, position, StepStatus.SIGN_IN, hold, str(error))
        if isinstance(error, UnknownOutcomeError):
            return await self.fail(run, position, str(error), status=StepStatus.ASKING)
        later = self._later(run, position, action, error)
        if later is not None:
            return await self.hold(run, position, StepStatus.LATER, later, str(error))
        return await self.fail(run, position, str(error), hold=_mended_by(error))

    def _later(
        self, run: Run, position: int, action: Action, error: ConsultFlowError
    ) -> Json | None:
        """Say when to try again by itself what a service was too busy for; None for never.

        Microsoft 365 was asked several times already, and is only asked later where it says when.
        """
        if not isinstance(error, RemoteError) or not error.retryable:
            return None
        if isinstance(error, GraphError) and error.retry_after_seconds is None:
            return None
        step, repeat = run.steps[position], action.repeats(run.plan[position].config)
        begun = step.status is StepStatus.RUNNING
        if begun and repeat is Repeat.ASK and not error.turned_away:
            return None
        return later_hold(step, error, now=self.clock.now(), chance=self.chance())

    async def _late(self, run: Run, position: int, action: Action) -> Run:
        """Fail a step that took too long; ask about one that may have had its effect."""
        took = f"{action.title} took longer than {self.step_seconds:.0f} seconds"
        if action.repeats(run.plan[position].config) is not Repeat.ASK:
            return await self.fail(run, position, f"{took}.")
        question = f"{took}, and I can't tell whether it was done."
        return await self.fail(run, position, question, status=StepStatus.ASKING)

    def _bug(self, run: Run, step: str) -> str:
        reference = f"{run.short_id}/{step}"
        _log.exception("step.bug", run=run.short_id, step=step)
        return f"Something went wrong on our side in this step. Quote {reference} to your admin."

    async def hold(
        self, run: Run, position: int, status: StepStatus, hold: Json, error: str | None = None
    ) -> Run:
        """Have a step wait."""
        return await self.storage.runs.hold_step(
            run.id,
            run.fence,
            position,
            status=status,
            hold=hold,
            error=error,
            now=self.clock.now(),
        )

    async def fail(
        self,
        run: Run,
        position: int,
        error: str,
        *,
        status: StepStatus = StepStatus.FAILED,
        hold: Json | None = None,
    ) -> Run:
        """Write down why a step did not work."""
        return await self.storage.runs.fail_step(
            run.id, run.fence, position, error=error, now=self.clock.now(), status=status, hold=hold
        )


def _mended_by(error: ConsultFlowError) -> Json | None:
    """Name the permission that would have let the step through."""
    scope = error.scope if isinstance(error, GraphError) and error.status == 403 else None
    return {"by": "permission", "scope": scope} if scope else None
