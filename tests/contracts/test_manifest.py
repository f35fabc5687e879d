"""The app package keeps to Teams' schema, and promises nothing the bot does not do today."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image

import bot
from bot.app.manifest import make_package
from bot.clients.graph import calls
from bot.clients.graph.calls import Call
from bot.registry import collect, discover
from bot.teams.message_actions import TITLES
from bot.turn import Command
from bot.workflows.action import Action
from bot.workflows.trigger import Trigger

ROOT = Path(bot.__file__).parents[1]
APP_ID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
COMMANDS = collect("bot.handlers", Command)
# What the product lists in each scope once everything is there, in this order.
PERSONAL = [
    "home", "new", "workflows", "run", "minutes", "logs", "approvals", "actions", "connect", "help",
]  # fmt: skip
SHARED = ["run", "minutes", "workflows", "logs", "actions", "prompt", "help"]


@pytest.fixture(scope="module")
def package():
    content = make_package("bot.contoso.com", APP_ID, version="1.2.3", commands=COMMANDS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def manifest(package):
    return json.loads(package["manifest.json"])


@pytest.fixture(scope="module")
def menus(manifest):
    lists = manifest["bots"][0]["commandLists"]
    return {scope: one["commands"] for one in lists for scope in one["scopes"]}


def test_teams_own_schema_takes_the_manifest(contract_check, manifest):
    assert [str(problem) for problem in contract_check.check_manifest(manifest)] == []


def test_it_is_on_the_newest_schema_that_is_generally_available(contract_check, manifest):
    folder = Path(contract_check.HERE) / "teams-manifest"
    # 1.30 is published in the npm package only, not in the repository of the schemas.
    released = {int(one.name.removeprefix("v1.")) for one in folder.iterdir()} - {30}
    assert manifest["manifestVersion"] == f"1.{max(released)}"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("bots", 0, "scopes"), ["personal", "team", "groupchat"]),
        (("bots", 0, "commandLists", 0, "commands"), ["home"]),
        (("id",), "consultflow"),
        (("name", "short"), "x" * 31),
        (("surprise",), True),
        (("validDomains",), ["elsewhere.contoso.com"]),
    ],
)
def test_the_schema_would_tell_if_it_were_wrong(contract_check, package, path, value):
    spoilt = json.loads(package["manifest.json"])
    at = spoilt
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert contract_check.check_manifest(spoilt)


@pytest.mark.parametrize(
    ("scope", "wanted"), [("personal", PERSONAL), ("team", SHARED), ("groupChat", SHARED)]
)
def test_a_menu_lists_the_products_commands_that_are_there_and_no_other(menus, scope, wanted):
    spoken = {one.words[0]: one for one in COMMANDS}
    assert [one["title"] for one in menus[scope]] == [word for word in wanted if word in spoken]
    for one in menus[scope]:
        assert one["description"] == spoken[one["title"]].summary


def test_every_scope_has_its_menu_of_at_most_ten(menus):
    assert set(menus) == {"personal", "team", "groupChat"}
    assert all(0 < len(menu) <= 10 for menu in menus.values())


def test_the_description_names_no_ability_that_is_not_there(manifest):
    told = manifest["description"]["short"] + manifest["description"]["full"]
    there = {*discover("bot.actions", Action), *discover("bot.triggers", Trigger)}
    for plugin, words in {
        "send_email": r"\b(e-)?mail\b",
        "create_calendar": r"\bevents?\b",
        "teams_post": r"\bposts?\b",
        "create_ppt": r"\bslides\b",
        "save_data": r"\bsave data\b",
        "api_call": r"\bHTTP\b",
        "ai_process": r"(?<!without an )\bAI\b",
        "schedule": r"\bschedule",
        "webhook": r"\bwebhook",
        "transcript": r"\btranscript|meeting ends",
    }.items():
        assert plugin in there or not re.search(words, told), plugin


def test_it_asks_for_no_right_in_a_team_chat_or_meeting_and_on_no_device(manifest):
    for name in ("authorization", "permissions", "devicePermissions"):
        assert name not in manifest


def test_it_says_that_it_takes_and_offers_files(manifest):
    assert manifest["bots"][0]["supportsFiles"] is True
    assert "personal" in manifest["bots"][0]["scopes"]


def test_a_messages_menu_offers_what_the_bot_answers_and_nothing_else(manifest):
    (extension,) = manifest["composeExtensions"]
    assert extension["botId"] == APP_ID
    assert {one["id"]: one["title"] for one in extension["commands"]} == TITLES
    for one in extension["commands"]:
        assert one["context"] == ["message"]
        assert one["fetchTask"] is True


def test_sign_in_is_for_this_app_at_this_domain(manifest):
    assert manifest["id"] == manifest["bots"][0]["botId"] == APP_ID
    assert manifest["webApplicationInfo"] == {
        "id": APP_ID,
        "resource": f"api://bot.contoso.com/botid-{APP_ID}",
    }
    assert manifest["validDomains"] == ["bot.contoso.com"]


def test_the_colour_icon_is_opaque_and_its_symbol_inside_the_safe_region(package):
    with Image.open(io.BytesIO(package["color.png"])) as icon:
        assert icon.format == "PNG"
        assert icon.size == (192, 192)
        pixels = icon.convert("RGBA")
    assert pixels.getchannel("A").getextrema() == (255, 255)
    ground = pixels.getpixel((0, 0))
    symbol = [(x, y) for x in range(192) for y in range(192) if pixels.getpixel((x, y)) != ground]
    assert symbol
    assert all(48 <= x < 144 and 48 <= y < 144 for x, y in symbol)


def test_the_outline_icon_is_white_on_nothing(package):
    with Image.open(io.BytesIO(package["outline.png"])) as icon:
        assert icon.format == "PNG"
        assert icon.size == (32, 32)
        pixels = icon.convert("RGBA")
    seen = {pixels.getpixel((x, y)) for x in range(32) for y in range(32)}
    assert {pixel[:3] for pixel in seen if pixel[3]} == {(255, 255, 255)}
    assert {0, 255} <= {pixel[3] for pixel in seen}


def test_the_deployment_guide_names_every_permission_that_is_asked_for():
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    asked = {call.scope for call in vars(calls).values() if isinstance(call, Call)}
    assert asked
    assert {scope for scope in asked if f"`{scope}`" not in guide} == set()


def test_the_deployment_guide_names_every_setting_that_is_read():
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    source = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"((?:CONSULTFLOW|AZURE|MONGODB)_[A-Z_]+)"', source))
    assert len(read) > 10
    assert {name for name in read if f"`{name}`" not in guide} == set()
