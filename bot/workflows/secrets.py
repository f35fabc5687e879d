"""Secrets in an action's settings: sealed for their owner before storage, opened for one run."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import SecretStr
from pydantic_core import to_jsonable_python

from bot.workflows.action import ActionConfig
from storage.errors import SealError

_MARK = "sealed:"


class Sealer(Protocol):
    """What seals a text for its owner and opens it again."""

    def seal(self, text: str, *, owner: str) -> str:
        """Seal a text."""
        ...

    def open(self, sealed: str, *, owner: str) -> str:
        """Open it. Errors: SealError."""
        ...

    def current(self, sealed: str) -> bool:
        """Tell whether it was sealed with the current key."""
        ...


def seal(config: ActionConfig, sealer: Sealer, *, owner: str) -> dict[str, Any]:
    """Give the settings as JSON, every SecretStr sealed; one of theirs that is sealed stays.

    Errors: SealError for a secret that only looks sealed: it could be nobody's to open.
    """

    def sealed(secret: str) -> str:
        if not secret:
            return secret
        if secret.startswith(_MARK):
            sealer.open(secret.removeprefix(_MARK), owner=owner)
            return secret
        return _MARK + sealer.seal(secret, owner=owner)

    kept = _walk(config.model_dump(mode="python", exclude_defaults=True), sealed)
    jsonable: dict[str, Any] = to_jsonable_python(kept)
    return jsonable


def opened(config: ActionConfig, sealer: Sealer, *, owner: str) -> ActionConfig:
    """Give the settings with every secret in the clear again, still a SecretStr."""

    def open_one(secret: str) -> SecretStr:
        if secret.startswith(_MARK):
            secret = sealer.open(secret.removeprefix(_MARK), owner=owner)
        return SecretStr(secret)

    values = {name: getattr(config, name) for name in type(config).model_fields}
    return config.model_copy(update=_walk(values, open_one))


def renewed(text: str, sealer: Sealer, *, owner: str) -> str:
    """Seal a secret of stored settings anew with the current key.

    Any other text is given as it is, and so is a secret that cannot be opened any more.
    """
    sealed = text.removeprefix(_MARK)
    if sealed == text or sealer.current(sealed):
        return text
    try:
        return _MARK + sealer.seal(sealer.open(sealed, owner=owner), owner=owner)
    except SealError:
        return text


def _walk(value: Any, change: Callable[[str], Any]) -> Any:
    if isinstance(value, SecretStr):
        return change(value.get_secret_value())
    if isinstance(value, Mapping):
        return {key: _walk(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(inner, change) for inner in value]
    return value
