"""Find plugins: one file, one plugin, checked at start. Importing a plugin registers nothing."""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

from storage.errors import SettingsError

Plugin = TypeVar("Plugin")


def modules(package: str) -> list[ModuleType]:
    """Import every module directly below a package, in the order of their names."""
    home = importlib.import_module(package)
    names = sorted(info.name for info in pkgutil.iter_modules(home.__path__))
    return [importlib.import_module(f"{package}.{name}") for name in names]


def discover(package: str, kind: type[Plugin]) -> dict[str, Plugin]:
    """Collect the plugins of a package by name.

    Errors: SettingsError naming the file that does not define exactly one plugin of its own name.
    """
    found: dict[str, Plugin] = {}
    for module in modules(package):
        name = module.__name__.rsplit(".", 1)[1]
        here = [value for value in vars(module).values() if isinstance(value, kind)]
        if len(here) != 1 or getattr(here[0], "name", None) != name:
            raise SettingsError(
                f"{module.__name__} must define exactly one {kind.__name__}, and call it {name}."
            )
        found[name] = here[0]
    return found


def collect(package: str, kind: type[Plugin]) -> list[Plugin]:
    """Collect every value of a kind that the modules of a package define, each once."""
    found: dict[int, Plugin] = {}
    for module in modules(package):
        for value in vars(module).values():
            if isinstance(value, kind):
                found.setdefault(id(value), value)
    return list(found.values())
