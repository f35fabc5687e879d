"""The doctor says what is well and what is not, each on a line, with the way on."""

import pytest

from bot.app import doctor
from bot.settings import read_settings
from storage.errors import SettingsError

SERVICE = {
    "AZURE_CLIENT_ID": "app",
    "AZURE_TENANT_ID": "tenant",
    "AZURE_CLIENT_SECRET": "CANARY",
    "CONSULTFLOW_KEYS": "k1:" + "A" * 43 + "=",
}


@pytest.fixture
def examine(mongo_uri, tmp_path):
    """Examine this machine with some settings; gives the status and the lines."""

    async def run(**more):
        lines = []
        env = {"MONGODB_URI": mongo_uri, "CONSULTFLOW_DATA": str(tmp_path), **more}
        status = await doctor.examine(read_settings(env), lines.append)
        return status, lines

    return run


async def test_what_service_needs_is_well_when_all_of_it_is_set(examine):
    _status, lines = await examine(**SERVICE)
    assert "✓ Serving Teams: everything `consultflow serve` needs is set" in lines
    assert "CANARY" not in "".join(lines)


async def test_a_missing_browser_is_told_and_does_no_harm(examine, monkeypatch, tmp_path):
    with_browser, _lines = await examine()
    monkeypatch.setenv("PATH", str(tmp_path))
    without, lines = await examine()
    assert "! Browser: chromium is not installed; only the browser tests need it." in lines
    assert without == with_browser


async def test_a_broken_ring_of_keys_is_what_the_database_line_says(examine):
    status, lines = await examine(CONSULTFLOW_KEYS="broken")
    assert status == 1
    assert any(line.startswith("✕ Database: CONSULTFLOW_KEYS must be") for line in lines)


async def test_only_what_a_local_run_needs_decides_the_status(tmp_path):
    async def fails(_settings):
        raise SettingsError("It is missing.")

    async def works(_settings):
        return "there"

    settings = read_settings({})
    lines = []
    optional = (("Page", works, True), ("Extra", fails, False))
    assert await doctor.examine(settings, lines.append, optional) == 0
    needed = (("Page", fails, True), ("Extra", works, False))
    assert await doctor.examine(settings, lines.append, needed) == 1
    assert lines == [
        "✓ Page: there",
        "! Extra: It is missing.",
        "✕ Page: It is missing.",
        "✓ Extra: there",
    ]
