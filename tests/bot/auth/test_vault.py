"""A sealed secret opens for its owner with its key, and otherwise not at all."""

import base64

import pytest

from bot.auth.vault import Vault, new_key
from storage.errors import SealError, SettingsError

OLD, NEW = b"o" * 32, b"n" * 32
SECRET = "eyJ.token.ünïcode"


def test_what_is_sealed_opens_for_the_same_owner():
    vault = Vault({"k": OLD}, "k")
    sealed = vault.seal(SECRET, owner="users.accessToken:1")
    assert SECRET not in sealed
    assert sealed.isascii()
    assert vault.open(sealed, owner="users.accessToken:1") == SECRET


def test_the_same_secret_never_looks_the_same():
    vault = Vault({"k": OLD}, "k")
    assert len({vault.seal(SECRET, owner="o") for _ in range(100)}) == 100


@pytest.mark.parametrize("owner", ["users.accessToken:2", "users.refreshToken:1", ""])
def test_it_does_not_open_for_another_owner_or_place(owner):
    vault = Vault({"k": OLD}, "k")
    with pytest.raises(SealError):
        vault.open(vault.seal(SECRET, owner="users.accessToken:1"), owner=owner)


def test_no_changed_character_goes_unnoticed():
    vault = Vault({"k": OLD}, "k")
    sealed = vault.seal(SECRET, owner="o")
    for place, letter in enumerate(sealed):
        changed = sealed[:place] + ("A" if letter != "A" else "B") + sealed[place + 1 :]
        if changed.split(".")[:2] == sealed.split(".")[:2] and _bytes(changed) == _bytes(sealed):
            continue  # the last letter of base64 has bits that mean nothing
        with pytest.raises(SealError):
            vault.open(changed, owner="o")


@pytest.mark.parametrize(
    "given", ["", "plain token", "cf1", "cf1.k", "cf1.k.", "cf1.k.!!", "cf0.k.AAAA", "cf1.k.ünï"]
)
def test_what_is_not_sealed_is_refused_even_when_it_could_be_a_token(given):
    with pytest.raises(SealError):
        Vault({"k": OLD}, "k").open(given, owner="o")


def test_a_key_cannot_be_passed_off_as_another():
    vault = Vault({"a": OLD, "b": OLD}, "a")
    sealed = vault.seal(SECRET, owner="o")
    with pytest.raises(SealError):
        vault.open(sealed.replace("cf1.a.", "cf1.b."), owner="o")


def test_an_old_key_still_opens_and_asks_for_a_new_seal():
    sealed = Vault({"old": OLD}, "old").seal(SECRET, owner="o")
    both = Vault.from_settings(f"new:{_text(NEW)},old:{_text(OLD)}")
    assert both.open(sealed, owner="o") == SECRET
    assert not both.current(sealed)
    assert both.current(both.seal(SECRET, owner="o"))
    with pytest.raises(SealError):
        Vault({"new": NEW}, "new").open(sealed, owner="o")


@pytest.mark.parametrize(
    "text",
    ["", ",", "k", "k:", "k:short", ":" + "A" * 44, "k:%%%", "a b:x", "k:x,k:x"],
)
def test_a_ring_that_cannot_be_read_is_refused_without_repeating_it(text):
    with pytest.raises(SettingsError) as refused:
        Vault.from_settings(text)
    assert str(refused.value).startswith("CONSULTFLOW_KEYS must be")


def test_a_fresh_key_can_be_used_as_it_is():
    assert Vault.from_settings(f"k1:{new_key()}").seal("x", owner="o").startswith("cf1.k1.")


def _text(key):
    return base64.b64encode(key).decode()


def _bytes(sealed):
    try:
        return base64.b64decode(sealed.split(".")[2], altchars=b"-_", validate=True)
    except ValueError:
        return None
