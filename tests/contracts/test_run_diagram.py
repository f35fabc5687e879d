"""The picture of a run in the documentation, and a test for each of its arrows."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_arrow_of_the_picture_is_told_and_tested():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    part = text[text.index("## A run, as a record") :]
    drawn = re.findall(r"-([a-z])-", part.split("```")[1])
    told = re.findall(r"^\| ([a-z]) \|", part, re.MULTILINE)
    tests = (ROOT / "tests" / "bot" / "workflows" / "test_arrows.py").read_text("utf-8")
    tested = re.findall(r"def test_arrow_([a-z])_", tests)
    assert sorted(set(drawn)) == told == tested
