"""The house keeps its rules: who imports whom, and what nobody uses."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for floor in ("bot", "cards", "storage") for path in (ROOT / floor).rglob("*.py")
)
# Why each is allowed where it is; anywhere else it is refused.
ALLOWED = {
    # MSAL's own client, in a thread
    "import requests": {"bot/auth/app_token.py", "bot/auth/entra_http.py"},
    "WriteConcern": set(),
    "w=0": set(),
    "w=1": set(),
    "time.sleep": set(),
    "jsonpickle": set(),
    "pickle": set(),
    "Unpickler": set(),
    "eval": set(),
    "exec": set(),
}


def used(path):
    """Name what a source uses of the words of ALLOWED; comments and docstrings do not count."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", None) or ""
            yield from (f"{module}.{name}" for name in names)
            for name in [module, *names]:
                first = name.split(".")[0]
                yield f"import {first}" if first == "requests" else first
        elif isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            yield f"{owner}.{node.attr}"
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            yield f"{node.arg}={node.value.value!r}"


def test_the_layers_hold():
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
    assert " 0 broken" in ended.stdout


@pytest.mark.parametrize("word", ALLOWED)
def test_what_is_forbidden_stands_nowhere_but_where_it_is_allowed(word):
    found = {str(path.relative_to(ROOT)) for path in SOURCES if word in set(used(path))}
    assert found == ALLOWED[word]


@pytest.mark.parametrize(
    "source, word",
    [
        ("import requests", "import requests"),
        ("from requests import Session", "import requests"),
        ("import time\ntime.sleep(1)", "time.sleep"),
        ("from time import sleep", "time.sleep"),
        ("open_client(uri, w=1)", "w=1"),
        ("import jsonpickle.unpickler", "jsonpickle"),
        ("from jsonpickle.unpickler import Unpickler", "Unpickler"),
        ("WriteConcern(1)", "WriteConcern"),
    ],
)
def test_the_search_would_find_it(tmp_path, source, word):
    path = tmp_path / "bad.py"
    path.write_text(source)
    assert word in set(used(path))


def test_a_bug_is_caught_by_name_only_never_by_except_exception():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, path
                caught = ast.unparse(node.type)
                if caught == "Exception":
                    assert str(path.relative_to(ROOT)) in BOUNDARIES, path


# The places that answer for what nobody foresaw.
BOUNDARIES = {
    "bot/teams/adapter.py",
    "bot/workflows/outcomes.py",
    "bot/web.py",
    "bot/app/rounds.py",
}
