"""Actions that do nothing but leave a mark where a test can see it."""

from pydantic import Field

from bot.workflows.action import (
    Action,
    ActionConfig,
    ActionResult,
    Repeat,
    UnknownOutcomeError,
)
from storage.errors import RefusedError, SignInNeededError


class ToyConfig(ActionConfig):
    """What the mark says."""

    says: str = Field(title="Says", default="")


class LetterConfig(ActionConfig):
    """Who gets it, and what it says."""

    to: str = Field(title="To", min_length=1)
    says: str = Field(title="Says", default="")


class ToyResult(ActionResult):
    """What was said."""

    said: str


class Instead:
    """Something real but for a few calls, which do as a test says."""

    def __init__(self, real, **calls):
        self._real = real
        self.__dict__.update(calls)

    def __getattr__(self, name):
        return getattr(self._real, name)


class Marks:
    """What was done outside, by key: a second time under one key shows as a longer list."""

    def __init__(self):
        self.done = []
        self.fail_at = None
        self.bug_at = None
        self.sign_in_at = None
        self.unknown_at = None
        self.refusals = {}  # step id -> errors, one each time it is done

    def toy(self, name, repeat=Repeat.KEYED):
        """Make an action of this name that leaves marks here."""

        async def run(config, context):
            if self.fail_at == context.step_id:
                raise RefusedError("The printer is on fire.")
            if self.bug_at == context.step_id:
                raise KeyError("a bug of ours")
            if self.refusals.get(context.step_id):
                raise self.refusals[context.step_id].pop(0)
            self.done.append(context.key)
            return ToyResult(said=config.says)

        return Action(
            name=name,
            title=name.replace("_", " ").capitalize(),
            summary="Leave a mark.",
            config=ToyConfig,
            result=ToyResult,
            repeat=repeat,
            example=ToyConfig(says="hello"),
            run=run,
        )

    def letter(self, name, proposal):
        """Make an action that sends: it proposes what is left empty, and says who gets it."""

        async def propose(settings, _context):
            if self.sign_in_at == name:
                raise SignInNeededError("Sign in, to send mail as you.", scopes=("Mail.Send",))
            return {**proposal, **{key: value for key, value in settings.items() if value}}

        async def run(config, context):
            if self.sign_in_at == f"{name}.run":
                raise SignInNeededError("Sign in, to send mail as you.", scopes=("Mail.Send",))
            if self.refusals.get(context.step_id):
                raise self.refusals[context.step_id].pop(0)
            if self.unknown_at == name:
                raise UnknownOutcomeError("No answer came. Was it posted?")
            self.done.append((context.key, config.to, config.says))
            return ToyResult(said=config.says)

        return Action(
            name=name,
            title=name.replace("_", " ").capitalize(),
            summary="Send a letter.",
            config=LetterConfig,
            result=ToyResult,
            repeat=Repeat.KEYED,
            example=LetterConfig(to="ben@contoso.example", says="hello"),
            run=run,
            propose=propose,
            audience=lambda settings: [one for one in settings.get("to", "").split(",") if one],
        )
