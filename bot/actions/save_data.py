"""save_data: keep a value by name, for later runs and for the `data` command."""

import re
from typing import Annotated

from pydantic import Field, field_validator

from bot.workflows.action import ActionConfig, ActionContext, ActionResult, Repeat, action
from storage.errors import RefusedError
from storage.json_values import clean_text

_NAME = re.compile(r"[\w#-]{1,100}")
_LONGEST_KEY = 200
_NAME_RULE = "A name for saved data has up to 100 letters, digits, - or _, such as last_client."


class Config(ActionConfig):
    """What is kept, and under which name."""

    name: str = Field(
        title="Name",
        description="Letters, digits, - and _: later texts read it as {{ data.<name> }}",
        min_length=1,
    )
    value: Annotated[str, "long"] = Field(
        title="Value", description="For example {{ steps.generate_mom.title }}", min_length=1
    )
    key: str | None = Field(
        title="Key",
        description="Keeps one value for each key, such as a client; empty keeps every value",
        default=None,
    )

    @field_validator("name")
    @classmethod
    def _a_slot_can_read_it(cls, name: str) -> str:
        name = name.strip()
        if "{{" not in name and not _NAME.fullmatch(name):
            raise ValueError(_NAME_RULE)
        return name

    @field_validator("key")
    @classmethod
    def _no_key_left_empty(cls, key: str | None) -> str | None:
        return key or None


class Result(ActionResult):
    """What was kept."""

    name: str
    key: str | None
    value: str


@action(
    title="Save Data",
    repeat=Repeat.KEYED,
    needs=("records",),
    example=Config(name="last_client", value="Acme"),
    result=Result,
)
async def save_data(config: Config, context: ActionContext) -> Result:
    """Keep a value by name, so that later runs can use it.

    Units: at most 64 KB as JSON. A repeat by the same step of the same run changes nothing.
    Shape: halves of characters and NUL, which no database keeps, are replaced by U+FFFD.
    Errors: RefusedError for a name no slot could read, or a value too large.
    Source: ConsultFlow product specification, section 2.
    """
    if context.records is None:
        raise RefusedError("There is no place to keep data here. Ask your admin to set one up.")
    name, key, value = config.name, _key(config.key), clean_text(config.value)
    if not _NAME.fullmatch(name):
        raise RefusedError(_NAME_RULE)
    await context.records.save(
        user_id=context.owner.id,
        name=name,
        key=key,
        value=value,
        run_id=context.run_id,
        step_id=context.step_id,
        now=context.now,
    )
    return Result(name=name, key=key, value=value)


def _key(typed: str | None) -> str | None:
    key = None if typed is None else clean_text(typed)
    if key is not None and len(key) > _LONGEST_KEY:
        raise RefusedError(f"A key for saved data has at most {_LONGEST_KEY} characters.")
    return key
