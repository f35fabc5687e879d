"""Documents land in the owner's folder and nowhere else."""

import json
import os
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.local.drive import LocalDrive, safe_name
from storage.errors import NotFoundError, RefusedError
from storage.models import User


def owner(name="Asha Rao"):
    now = datetime(2026, 3, 4, tzinfo=UTC)
    return User("a" * 24, "x.y", "asha@contoso.example", name, now, now)


@pytest.fixture
def drive(tmp_path):
    return LocalDrive(tmp_path / "drive", url="http://127.0.0.1:1")


async def put(drive, name, content=b"x", key="k", who=None):
    return await drive.put(owner=who or owner(), name=name, content=content, key=key)


async def test_a_document_opens_at_its_address(teams):
    url = await put(teams.drive, "Weekly – März.pptx", b"deck")
    assert url.startswith(teams.url + "/drive/Asha%20Rao/ConsultFlow/Weekly")
    async with aiohttp.request("GET", url) as reply:
        assert (reply.status, await reply.read()) == (200, b"deck")
        assert reply.headers["Content-Disposition"].startswith("attachment")


async def test_the_same_key_replaces_and_another_key_never_does(drive):
    first = await put(drive, "Deck.pptx", b"1", "run1:a")
    assert await put(drive, "Deck.pptx", b"2", "run1:a") == first
    second = await put(drive, "Deck.pptx", b"3", "run2:a")
    assert second.endswith("Deck%20%282%29.pptx")
    assert await put(drive, "Deck (2).pptx", b"4", "run3:a") != second
    renamed = await put(drive, "Other.pptx", b"5", "run1:a")
    names = {entry["name"] for entry in await drive.files()}
    assert names == {"Deck (2).pptx", "Deck (2) (2).pptx", "Other.pptx"}
    assert renamed.endswith("Other.pptx")
    again = LocalDrive(drive.root, url=drive.url)
    assert await put(again, "Deck.pptx", b"6", "run2:a") == second


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "..\\..\\x.txt", "a/b/c.txt", "CON.txt", ".keys.json",
     "a\0b.txt", "x" * 4000 + ".pptx", "\u202egpj.exe", "a:b|c?.txt", "~", "$HOME.txt"],
)  # fmt: skip
async def test_no_name_leaves_the_folder(drive, tmp_path, name):
    await put(drive, name)
    folder = drive.root / "Asha Rao" / "ConsultFlow"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.parent for path in written} == {folder}
    assert len(written) == 2
    assert len(await drive.files()) == 1


async def test_no_owner_leaves_the_drive(drive, tmp_path):
    for name in ("../../up", "..", "", "/", "a/../../b"):
        await put(drive, "x.txt", who=owner(name), key=name)
    places = {path.relative_to(drive.root).parts[1] for path in tmp_path.rglob("x*.txt")}
    assert places == {"ConsultFlow"}


async def test_a_name_of_nothing_is_refused_with_a_sentence(drive):
    for name in ("", " ", "...", "\0"):
        with pytest.raises(RefusedError, match="needs a name"):
            await put(drive, name)
    assert safe_name("Minutes.final.v2") == "Minutes.final.v2"


@pytest.mark.parametrize(
    "address",
    ["../x", "..", "", "/etc/passwd", "Asha Rao/ConsultFlow", "Asha Rao/ConsultFlow/.keys.json",
     "Asha Rao/../../outside.txt", "Asha Rao/ConsultFlow/link.txt", "a/b/c\0", "a\\b/c/d"],
)  # fmt: skip
async def test_only_documents_of_the_drive_can_be_read(drive, tmp_path, address):
    await put(drive, "x.txt")
    (tmp_path / "outside.txt").write_text("secret")
    (drive.root / "Asha Rao" / "ConsultFlow" / "link.txt").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(NotFoundError):
        await drive.open(address)
    assert [entry["name"] for entry in await drive.files()] == ["x.txt"]


async def test_a_spoiled_index_costs_no_document(drive):
    await put(drive, "x.txt", b"1")
    index = drive.root / "Asha Rao" / "ConsultFlow" / ".keys.json"
    for spoiled in ("{", "[]", '{"k": 7}', json.dumps({"k": ["x.txt", "../../../up.txt"]})):
        index.write_text(spoiled)
        await put(drive, "x.txt", b"2")
    assert all(entry["owner"] == "Asha Rao" for entry in await drive.files())
    assert {path.parent for path in drive.root.parent.rglob("*.txt")} == {index.parent}


async def test_a_failed_write_leaves_nothing_behind(drive, monkeypatch):
    await put(drive, "x.txt", b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await put(drive, "x.txt", b"new")
    folder = drive.root / "Asha Rao" / "ConsultFlow"
    assert sorted(path.name for path in folder.iterdir()) == [".keys.json", "x.txt"]
    assert (folder / "x.txt").read_bytes() == b"old"
