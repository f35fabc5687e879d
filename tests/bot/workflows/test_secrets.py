"""Secrets in settings: sealed for one owner before storage, open for one run, shown to nobody."""

import json

import pytest
from pydantic import Field, SecretStr

from bot.workflows.action import ActionConfig
from bot.workflows.secrets import opened, seal
from storage.errors import SealError


class Config(ActionConfig):
    """Settings with secrets at every depth."""

    url: str = Field(title="Address", default="")
    key: SecretStr = Field(title="Key", default=SecretStr(""))
    headers: dict[str, SecretStr] = Field(title="Headers", default_factory=dict)
    more: list[SecretStr] = Field(title="More", default_factory=list)


WHOLE = Config(
    url="https://api.example",
    key=SecretStr("CANARY-1"),
    headers={"X-Key": SecretStr("CANARY-2")},
    more=[SecretStr("CANARY-3"), SecretStr("")],
)


def stored(config, vault, owner="asha"):
    return json.loads(json.dumps(seal(config, vault, owner=owner)))


def test_what_is_stored_holds_no_secret_and_comes_back_whole_for_its_owner(vault):
    kept = stored(WHOLE, vault)
    assert "CANARY" not in json.dumps(kept)
    assert kept["url"] == "https://api.example"
    again = opened(Config.model_validate(kept), vault, owner="asha")
    assert again == WHOLE
    assert "CANARY" not in repr(again)


def test_a_secret_that_is_sealed_already_is_not_sealed_twice(vault):
    kept = stored(WHOLE, vault)
    assert stored(Config.model_validate(kept), vault) == kept


def test_somebody_else_cannot_open_it(vault):
    config = Config.model_validate(stored(WHOLE, vault))
    with pytest.raises(SealError):
        opened(config, vault, owner="ben")


@pytest.mark.parametrize("typed", ["sealed:CANARY", "sealed:", "sealed:cf1.k1.AAAA"])
def test_a_secret_that_only_looks_sealed_is_never_stored_as_it_is(vault, typed):
    with pytest.raises(SealError):
        seal(Config(key=SecretStr(typed)), vault, owner="asha")


def test_a_sealed_secret_of_somebody_else_cannot_be_brought_in(vault):
    theirs = Config.model_validate(stored(WHOLE, vault, owner="ben"))
    with pytest.raises(SealError):
        seal(theirs, vault, owner="asha")


def test_what_was_left_at_its_default_is_not_stored(vault):
    assert stored(Config(url="x"), vault) == {"url": "x"}
