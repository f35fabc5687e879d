"""What a button sends: a value with a name on the wire, read back or refused.

On the wire: `{"cf": 1, "verb": "workflow.run", <fields>}`; the card's inputs join it
under `in.<id>`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from storage.errors import RefusedError

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{1,64}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Once = Annotated[Key, Field(serialization_alias="once")]
Words = Annotated[str, StringConstraints(max_length=2000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]

INPUT_PREFIX = "in."
VERBS: dict[str, type["Verb"]] = {}


class Verb(BaseModel):
    """One thing a button can ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    name: ClassVar[str]

    def __init_subclass__(cls, *, verb: str, **kwargs: Any) -> None:
        """Enter the verb in the table under its wire name."""
        super().__init_subclass__(**kwargs)
        cls.name = verb
        VERBS[verb] = cls

    def to_data(self) -> dict[str, Any]:
        """Give the wire form a card carries."""
        fields = self.model_dump(mode="json", exclude_none=True, by_alias=True)
        return {"cf": 1, "verb": self.name, **fields}


def read(data: Mapping[str, Any]) -> tuple[Verb, dict[str, str]]:
    """Read what a button sent: the verb, and the card's inputs by id.

    Errors: RefusedError when it is not a button of ours, or was changed on its way.
    """
    name = data.get("verb")
    kind = VERBS.get(name) if isinstance(name, str) else None
    if kind is None or data.get("cf") != 1:
        raise RefusedError('I don\'t know that button. Type "help" to see what I can do.')
    answers = {
        key.removeprefix(INPUT_PREFIX): answer
        for key, value in data.items()
        if key.startswith(INPUT_PREFIX) and (answer := _answer(value)) is not None
    }
    fields = {
        "key" if key == "once" else key: value
        for key, value in data.items()
        if key not in ("cf", "verb") and not key.startswith(INPUT_PREFIX)
    }
    try:
        return kind.model_validate(fields), answers
    except ValidationError as error:
        raise RefusedError(
            "That button is not one of mine any more. Open the card again."
        ) from error


def _answer(value: object) -> str | None:
    """Read what an input sent as text: some clients send a number or a truth value as such."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
