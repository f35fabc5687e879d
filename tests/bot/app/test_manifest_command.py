"""`consultflow manifest` writes a package Teams takes, or says what is wrong and writes nothing."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import bot
from bot.__main__ import main
from bot.app.manifest import make_package
from bot.app.manifest_rules import faults
from bot.registry import collect
from bot.turn import command
from storage.errors import SettingsError

ROOT = Path(bot.__file__).parents[1]
DOMAIN, APP_ID = "bot.contoso.com", "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
FILES = ["manifest.json", "color.png", "outline.png"]


async def _answer(*_told):
    return "Hello."


def said(*words, summary="Says something."):
    return command(*words, forms=words, summary=summary)(_answer)


def made(**changed):
    given = {"version": "1.0.0", "commands": [said("run"), said("help")], **changed}
    return make_package(DOMAIN, APP_ID, **given)


def manifest_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return json.loads(archive.read("manifest.json"))


def respoilt(change):
    """A sound package with one thing changed in its files."""
    with zipfile.ZipFile(io.BytesIO(made())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    change(manifest, files)
    if "manifest.json" in files:
        files["manifest.json"] = json.dumps(manifest).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_the_package_is_three_files_at_its_root_for_this_domain_and_app(tmp_path, capsys):
    out = tmp_path / "app.zip"
    given = ["manifest", "--domain", "Bot.Contoso.COM", "--app-id", APP_ID.upper()]
    assert main([*given, "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == FILES
        assert archive.testzip() is None
    manifest = manifest_of(out.read_bytes())
    assert manifest["validDomains"] == [DOMAIN]
    assert manifest["webApplicationInfo"]["resource"] == f"api://{DOMAIN}/botid-{APP_ID}"
    assert manifest["developer"]["privacyUrl"] == f"https://{DOMAIN}/privacy"
    assert str(out) in capsys.readouterr().out


def test_the_same_input_gives_the_same_bytes():
    first, second = (hashlib.sha256(made()).hexdigest() for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(made())) as archive:
        entries = archive.infolist()
    assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(one.compress_type, one.create_system) for one in entries} == {(0, 3)}


def test_it_needs_no_settings_and_no_database(tmp_path, monkeypatch):
    monkeypatch.setenv("CONSULTFLOW_PORT", "not a port")
    out = tmp_path / "app.zip"
    given = ["manifest", "--domain", DOMAIN, "--app-id", APP_ID, "--out", str(out)]
    assert main(given) == 0


@pytest.mark.parametrize(
    "domain",
    [
        "", " ", "https://bot.contoso.com", "bot.contoso.com:443", "bot.contoso.com/api",
        "bot.contoso.com.", "localhost", "*.contoso.com", "10.0.0.1", "[::1]", "::1",
        "user@contoso.com", "bot.contoso.com\n", "bot contoso.com", "-bot.contoso.com",
        "bot-.contoso.com", "bot..contoso.com", "bücher.de", "bot.\u212aontoso.com",
        "{{app_id}}.com", f"{'a' * 64}.com", f"{'a.' * 127}com", 'x".contoso.com',
    ],
)  # fmt: skip
def test_what_is_no_bare_host_name_is_refused_with_an_example(domain, tmp_path, capsys):
    out = tmp_path / "app.zip"
    given = ["manifest", f"--domain={domain}", "--app-id", APP_ID, "--out", str(out)]
    assert main(given) == 1
    told = capsys.readouterr().err
    assert "is not a host name" in told
    assert "bot.contoso.com" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("domain", ["xn--bcher-kva.de", "a.io", "b0t.x-y.azurewebsites.net"])
def test_other_host_names_are_taken(domain):
    content = make_package(domain, APP_ID, version="1.0.0", commands=[said("run")])
    assert manifest_of(content)["validDomains"] == [domain]


@pytest.mark.parametrize(
    "app_id",
    ["", "consultflow", APP_ID[:-1], APP_ID + "0", "{" + APP_ID + "}", APP_ID.replace("-", ""),
     APP_ID.replace("1", "g"), f"{APP_ID}\n", f"api://{APP_ID}"],
)  # fmt: skip
def test_what_is_no_application_id_is_refused(app_id, tmp_path, capsys):
    out = tmp_path / "app.zip"
    given = ["manifest", "--domain", DOMAIN, f"--app-id={app_id}", "--out", str(out)]
    assert main(given) == 1
    assert "is not an application id" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path, capsys):
    out = tmp_path / "missing" / "app.zip"
    given = ["manifest", "--domain", DOMAIN, "--app-id", APP_ID, "--out", str(out)]
    assert main(given) == 1
    assert f"I can't write {out}" in capsys.readouterr().err


def test_only_commands_somebody_answers_to_are_in_the_menus():
    commands = [said("logs"), said("connect", "whoami"), said("run"), said("data")]
    lists = manifest_of(made(commands=commands))["bots"][0]["commandLists"]
    titles = [[one["title"] for one in menu["commands"]] for menu in lists]
    assert titles == [["run", "logs", "connect"], ["run", "logs"]]


def test_a_command_whose_summary_no_menu_shows_whole_is_named():
    with pytest.raises(SettingsError, match="description of 'run'"):
        made(commands=[said("run", summary="x" * 129)])


def test_a_bot_that_answers_to_nothing_gets_no_package():
    with pytest.raises(SettingsError, match="A menu must have one to 10 commands"):
        made(commands=[])


@pytest.mark.parametrize("version", ["1.0", "1.0.0.dev1", "v1.0.0", ""])
def test_a_version_teams_cannot_compare_is_refused(version):
    with pytest.raises(SettingsError, match="three numbers"):
        made(version=version)


SPOILT = {
    "It must hold": lambda _m, files: files.update({"notes.txt": b"x"}),
    "and nothing else": lambda _m, files: files.pop("outline.png"),
    "name.short has more than 30": lambda m, _f: m["name"].update(short="x" * 31),
    "description.short has more than 80": lambda m, _f: m["description"].update(short="x" * 81),
    "description.full is missing": lambda m, _f: m["description"].pop("full"),
    "developer.name has more than 32": lambda m, _f: m["developer"].update(name="x" * 33),
    "privacyUrl must begin": lambda m, _f: m["developer"].update(privacyUrl="http://a.b/p"),
    "placeholder": lambda m, _f: m["name"].update(short="{{domain}}"),
    "botId must be a GUID": lambda m, _f: m["bots"][0].update(botId="bot"),
    "must be api://": lambda m, _f: m["webApplicationInfo"].update(resource=f"api://{APP_ID}"),
    "validDomains must name": lambda m, _f: m.update(validDomains=[]),
    "Every scope": lambda m, _f: m["bots"][0]["commandLists"].pop(),
    "each once": lambda m, _f: m["bots"][0]["commandLists"][0]["commands"].append(
        {"title": "run", "description": "Again."}
    ),
    "is longer than 32": lambda m, _f: m["bots"][0]["commandLists"][0]["commands"].append(
        {"title": "x" * 33, "description": "Long."}
    ),
    "color.png must be a PNG of 192": lambda _m, f: f.update({"color.png": f["outline.png"]}),
    "outline.png must be a PNG of 32": lambda _m, f: f.update({"outline.png": b"GIF89a"}),
}


@pytest.mark.parametrize(("told", "change"), SPOILT.items(), ids=SPOILT)
def test_a_package_with_one_thing_wrong_is_told(told, change):
    assert faults(made()) == []
    found = faults(respoilt(change))
    assert len(found) == 1
    assert told in found[0]


def test_eleven_commands_are_one_too_many():
    def crowd(manifest, _files):
        manifest["bots"][0]["commandLists"][0]["commands"] = [
            {"title": f"word {n}", "description": "Says something."} for n in range(11)
        ]

    assert "one to 10" in " ".join(faults(respoilt(crowd)))


def test_an_installed_wheel_writes_the_package_too(tmp_path):
    source, site, away = tmp_path / "source", tmp_path / "site", tmp_path / "away"
    away.mkdir()
    for name in ("bot", "cards", "storage", "manifest"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", source)
    (source / "README.md").write_text("ConsultFlow\n")
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    done = _run([sys.executable, "-c", build, str(tmp_path)], source)
    wheel = tmp_path / done.stdout.split()[-1]
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    given = ["manifest", "--domain", DOMAIN, "--app-id", APP_ID, "--out", "app.zip"]
    _run([sys.executable, "-m", "bot", *given], away, PYTHONPATH=str(site))
    from_wheel = manifest_of((away / "app.zip").read_bytes())
    here = make_package(
        DOMAIN,
        APP_ID,
        version=from_wheel["version"],
        commands=collect("bot.handlers", type(said("run"))),
    )
    assert (away / "app.zip").read_bytes() == here
    assert not (site / "manifest").exists()  # it was not the checkout's that was found


def _run(words, folder, **environment):
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done
