"""What a server installs is a part of what was tested: the same versions, each with its hashes."""

import re
import tomllib
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parents[1]
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)(.*(?:\n +--hash.*)*)", re.MULTILINE)


def pins(name):
    text = (ROOT / ".ci" / name).read_text(encoding="utf-8")
    return {found[1]: (found[2], found[3]) for found in PINNED.finditer(text)}


def names(requirements):
    return {re.match(r"[A-Za-z0-9._-]+", one)[0].lower() for one in requirements}


def test_a_server_gets_the_versions_that_were_tested_each_with_its_hashes():
    whole, serve = pins("requirements.lock"), pins("requirements-serve.lock")
    assert {name: version for name, (version, _) in serve.items()}.items() <= {
        name: version for name, (version, _) in whole.items()
    }.items()
    assert all("--hash=sha256:" in hashes for _, hashes in serve.values())


def test_a_server_gets_every_dependency_and_nothing_of_tests_or_local_runs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    serve = set(pins("requirements-serve.lock"))
    assert names(project["dependencies"]) <= serve
    extras = project["optional-dependencies"]
    assert not serve & names([*extras["dev"], *extras["local"]])
