"""Plugins: one file, one plugin, and a file that breaks the rule is named at start."""

import sys
from dataclasses import dataclass

import pytest

from bot.registry import collect, discover, modules
from storage.errors import SettingsError


@dataclass(frozen=True)
class Toy:
    """What the plugins of these tests are."""

    name: str


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Make a package of files given as source; forgotten with the test."""
    monkeypatch.syspath_prepend(tmp_path)
    home = tmp_path / "toybox"
    home.mkdir()
    (home / "__init__.py").touch()

    def write(**sources):
        for name, source in sources.items():
            (home / f"{name}.py").write_text(source)
        return "toybox"

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "toybox"]:
        del sys.modules[name]


def toy(*names):
    lines = [f"plugin_{number} = Toy({name!r})" for number, name in enumerate(names)]
    return "\n".join([f"from {__name__} import Toy", *lines])


def test_each_file_gives_one_plugin_under_the_files_name(package):
    found = discover(package(zebra=toy("zebra"), ant=toy("ant")), Toy)
    assert found == {"ant": Toy("ant"), "zebra": Toy("zebra")}
    assert list(found) == ["ant", "zebra"]


@pytest.mark.parametrize("names", [(), ("other",), ("ant", "bee")])
def test_a_file_with_none_another_or_two_is_named(package, names):
    home = package(good=toy("good"), ant=toy(*names))
    with pytest.raises(SettingsError, match=r"toybox\.ant must define exactly one Toy"):
        discover(home, Toy)


def test_all_values_of_a_kind_are_collected_once_though_imported_elsewhere(package):
    home = package(a=toy("x", "y"), b="from toybox.a import plugin_0\nown = plugin_0")
    assert collect(home, Toy) == [Toy("x"), Toy("y")]


def test_modules_come_in_the_order_of_their_names(package):
    assert [m.__name__ for m in modules(package(b="", a="", c=""))] == [
        "toybox.a",
        "toybox.b",
        "toybox.c",
    ]
