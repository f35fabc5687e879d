"""Actions that do nothing but leave a mark where a test can see it."""

from pydantic import Field

from bot.workflows.action import Action, ActionConfig, ActionResult, Repeat
from storage.errors import RefusedError


class ToyConfig(ActionConfig):
    """What the mark says."""

    says: str = Field(title="Says", default="")


class ToyResult(ActionResult):
    """What was said."""

    said: str


class Marks:
    """What was done outside, by key: a second time under one key shows as a longer list."""

    def __init__(self):
        self.done = []
        self.fail_at = None
        self.bug_at = None

    def toy(self, name, repeat=Repeat.KEYED):
        """Make an action of this name that leaves marks here."""

        async def run(config, context):
            if self.fail_at == context.step_id:
                raise RefusedError("The printer is on fire.")
            if self.bug_at == context.step_id:
                raise KeyError("a bug of ours")
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
