"""The key of a local run: made once, whole, for its owner only."""

import stat
import threading

import pytest

from bot.app.local_keys import local_vault
from bot.auth.vault import new_key
from bot.settings import read_settings
from storage.errors import SettingsError


@pytest.fixture
def settings(tmp_path):
    return read_settings({"CONSULTFLOW_DATA": str(tmp_path / "data")})


def test_what_one_run_sealed_the_next_can_open(settings):
    sealed = local_vault(settings).seal("secret", owner="asha")
    assert local_vault(settings).open(sealed, owner="asha") == "secret"


def test_the_key_is_for_its_owner_only_and_lies_alone(settings):
    local_vault(settings)
    (kept,) = settings.data_dir.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_two_that_start_at_once_agree_on_one_key(settings):
    vaults, ready = [], threading.Barrier(8)

    def start():
        ready.wait()
        vaults.append(local_vault(settings))

    starting = [threading.Thread(target=start) for _ in range(8)]
    for one in starting:
        one.start()
    for one in starting:
        one.join()
    sealed = [vault.seal("x", owner="a") for vault in vaults]
    assert len(vaults) == 8
    assert all(vaults[0].open(one, owner="a") == "x" for one in sealed)


def test_a_ring_in_the_settings_is_used_instead_and_nothing_is_written(tmp_path):
    ring = f"k1:{new_key()}"
    folder = str(tmp_path / "data")
    local_vault(read_settings({"CONSULTFLOW_DATA": folder, "CONSULTFLOW_KEYS": ring}))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="I can't use the data folder"):
        local_vault(read_settings({"CONSULTFLOW_DATA": str(tmp_path / "file")}))
