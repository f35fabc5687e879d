"""Make or change a workflow: trigger, steps, each step's settings, name, review, save."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogs import steps_list
from bot.dialogs.builder_cards import draw
from bot.dialogs.builder_state import (
    bare,
    branches,
    complete,
    draft_in,
    going,
    opened,
    with_policy,
)
from bot.dialogs.dialog import Ended, Going, Place, State, Step
from bot.turn import Turn
from bot.workflows.checks import MOST_STEPS, check_draft
from bot.workflows.draft import Draft, check_name
from bot.workflows.naming import matches
from bot.workflows.secrets import seal
from bot.workflows.services import Services
from cards.buttons import button
from cards.elements import Card
from cards.forms import FormError, parse, without_secrets
from cards.notice import notice_card
from cards.verbs import RunNow, ShowWorkflow
from storage.errors import RefusedError, SealError
from storage.models import Workflow

_LOST = "A secret here can't be opened any more. Please type it again."
_ONLY_SHOWN = (
    "The steps branch in a way I can only show. Add, move or remove them where they were drawn; "
    "their settings, the name and what is sent can be changed here."
)
_ORDER = ("trigger", "steps", "config", "name", "review")


@dataclass(frozen=True, slots=True)
class BuildWorkflow:
    """The builder. It stores nothing before Save; opened on a workflow, it saves a new version."""

    services: Services
    name: str = "build_workflow"
    title: str = "building a workflow"

    async def begin(self, options: Mapping[str, Any], turn: Turn) -> Step:
        """Open it empty, or on the workflow `options["wf"]`."""
        if "wf" not in options:
            return Going(
                {"at": "trigger", "trigger": "manual", "steps": [], "name": "", "key": turn.key}
            )
        workflow = await self.services.workflows.get(turn.user, options["wf"])
        return Going(opened(workflow))

    def card(self, state: State, place: Place) -> Card:
        """Draw the open step."""
        return draw(state, place, self.services.workflows)

    async def hear(self, state: State, text: str) -> Step:
        """Take typed words where a step asks for words; otherwise point at the card."""
        at = state["at"]
        if at == "name":
            return self._named(state, text)
        if at == "steps":
            known = list(self.services.workflows.actions.values())
            found = matches(text, known, lambda action: action.title)
            if len(found) == 1:
                return self._add(state, found[0].name, beside=False)
        return going(state, problem="Please use the buttons and fields here, or type cancel.")

    async def choose(
        self, state: State, choice: str, answers: Mapping[str, str], turn: Turn
    ) -> Step:
        """Take a button of the open step."""
        what, _colon, number = choice.partition(":")
        place = int(number) if number.isdecimal() and len(number) < 4 else -1
        if what == "cancel":
            doing = state.get("doing", self.title)
            return Ended(notice_card(f"I stopped {doing}. Nothing was saved."))
        if what in _ORDER:
            return self._jump(with_policy(state, answers), what, place)
        if what == "back":
            return self._back(state, answers)
        if state["at"] == "steps" and what in ("add", "remove", "up", "down", "beside"):
            return self._edit_steps(state, what, place, answers)
        if what == "save" and state["at"] == "review":
            return await self._save(with_policy(state, answers), turn)
        if what == "next":
            return self._next(state, answers, turn)
        return going(state)

    def _next(self, state: State, answers: Mapping[str, str], turn: Turn) -> Step:
        match state["at"]:
            case "trigger":
                return self._chose_trigger(state, answers)
            case "steps":
                return self._chose_steps(state, answers)
            case "config":
                return self._configured(state, answers, turn)
            case "name":
                return self._named(state, answers.get("name", ""))
        return going(state)

    def _chose_trigger(self, state: State, answers: Mapping[str, str]) -> Step:
        trigger = answers.get("trigger", state["trigger"])
        if trigger not in self.services.workflows.triggers:
            return going(state, problem="Choose how the workflow starts.")
        return going(state, trigger=trigger, at="review" if complete(state) else "steps")

    def _edit_steps(self, state: State, what: str, place: int, answers: Mapping[str, str]) -> Step:
        if what != "add":
            return going(state, steps=steps_list.change(state["steps"], what, place))
        action = answers.get("action", "")
        if action not in self.services.workflows.actions:
            return going(state, problem="Choose an action to add.")
        return self._add(state, action, beside=answers.get("beside") == "true")

    def _add(self, state: State, action: str, *, beside: bool) -> Step:
        if len(state["steps"]) >= MOST_STEPS:
            return going(state, problem=f"A workflow has at most {MOST_STEPS} steps.")
        return going(state, steps=steps_list.add(state["steps"], action, beside=beside))

    def _chose_steps(self, state: State, answers: Mapping[str, str]) -> Step:
        if answers.get("action") in self.services.workflows.actions:  # chosen, Add not pressed
            steps = steps_list.add(state["steps"], answers["action"], beside=False)
            state = {**state, "steps": steps}
        try:
            check_draft(draft_in(bare(state)), self.services.workflows.actions)
        except RefusedError as error:
            return going(state, problem=str(error))
        return self._onward(state, 0)

    def _configured(self, state: State, answers: Mapping[str, str], turn: Turn) -> Step:
        place = state["place"]
        step = state["steps"][place]
        action = self.services.workflows.actions[step["action"]]
        try:
            kept = action.config.model_construct(**step["config"]) if step["config"] else None
            config = parse(action.config, answers, kept=kept)
            stored = seal(config, self.services.sealer, owner=turn.user.id)
            steps = [*state["steps"]]
            steps[place] = {**step, "config": stored}
            self._check({**state, "steps": steps}, place + 1)
        except FormError as error:
            typed = without_secrets(action.config, answers)
            return going(state, typed=typed, errors=error.errors)
        except (RefusedError, SealError) as error:
            typed = without_secrets(action.config, answers)
            problem = _LOST if isinstance(error, SealError) else str(error)
            return going(state, typed=typed, errors={"": problem})
        return self._onward({**state, "steps": steps}, place + 1)

    def _check(self, state: State, count: int) -> None:
        service = self.services.workflows
        trigger = service.triggers.get(state["trigger"])
        check_draft(draft_in(state, count), service.actions, trigger)

    def _onward(self, state: State, place: int) -> Step:
        """Go to the next step without settings, or on to the name and the review."""
        left = [
            number
            for number, step in enumerate(state["steps"])
            if step["config"] is None and number >= place
        ] or [number for number, step in enumerate(state["steps"]) if step["config"] is None]
        if left:
            return going(state, at="config", place=left[0])
        return going(state, at="review" if complete(state) else "name")

    def _named(self, state: State, name: str) -> Step:
        try:
            checked = check_name(name)
        except RefusedError as error:
            return going(state, name=name[:200], problem=str(error))
        return going(state, name=checked, at="review", reviewed=True)

    def _jump(self, state: State, what: str, place: int) -> Step:
        """Go back to a part from the review."""
        if state["at"] != "review":
            return going(state)
        if what != "config":
            return self._to(state, what)
        if not 0 <= place < len(state["steps"]):
            return going(state)
        action = state["steps"][place]["action"]
        if action not in self.services.workflows.actions:
            return going(state, problem=f"I can't do {action} here. Change the steps to remove it.")
        return going(state, at="config", place=place)

    def _to(self, state: State, what: str) -> Step:
        """Go to a part; steps that branch in their own way are changed where they were drawn."""
        if what == "steps" and branches(state):
            return going(state, at="review", problem=_ONLY_SHOWN)
        return going(state, at=what)

    def _back(self, state: State, answers: Mapping[str, str]) -> Step:
        match state["at"]:
            case "steps":
                return going(state, at="trigger")
            case "config" if state["place"] > 0:
                return going(state, place=state["place"] - 1)
            case "config":
                return self._to(state, "steps")
            case "name":
                state = {**state, "name": answers.get("name", state["name"])[:200]}
                return self._to(state, "steps")
            case "review":
                return going(state, at="name")
        return going(state)

    async def _save(self, state: State, turn: Turn) -> Step:
        draft = draft_in(state)
        try:
            saved = await self._store(state, draft, turn)
        except RefusedError as error:
            return going(state, problem=str(error))
        return Ended(
            notice_card(
                f'Saved "{saved.name}" (v{saved.version}).',
                button("Run", RunNow(wf=saved.id, key=turn.key), style="positive"),
                button("Show", ShowWorkflow(wf=saved.id)),
            )
        )

    async def _store(self, state: State, draft: Draft, turn: Turn) -> Workflow:
        service = self.services.workflows
        if "wf" in state:
            return await service.save_edit(turn.user, state["wf"], draft, state["version"])
        return await service.save_new(turn.user, draft, key=state["key"])
