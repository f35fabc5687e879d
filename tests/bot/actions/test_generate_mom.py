"""generate_mom: minutes of the run's notes, for later steps to use."""

import json
from pathlib import Path

import pytest

from bot.actions.generate_mom import Config, generate_mom
from bot.minutes.record import from_json
from bot.workflows.action import Repeat
from bot.workflows.templating import fill
from storage.errors import RefusedError
from tests.fakes.contexts import context_for

FX1 = (Path(__file__).parents[2] / "data" / "fx1.txt").read_text()


async def run(config=None, **inputs):
    return await generate_mom.run(config or Config(), context_for("generate_mom", inputs=inputs))


async def test_the_notes_the_run_was_started_with_become_minutes():
    made = await run(notes=FX1)
    assert made.title == "Acme Rollout Weekly"
    assert made.recipients == [
        "asha.rao@contoso.example", "ben.ortiz@contoso.example", "chen.li@acme.example",
    ]  # fmt: skip
    assert "| Return signed DPA | Chen Li | 03/12 & Thursday |" in made.markdown
    assert made.made_by == "rules"


async def test_later_steps_can_use_its_parts_by_path():
    told = json.loads((await run(notes=FX1)).model_dump_json())
    scope = {"steps": {"generate_mom": told}}
    assert fill("{{ steps.generate_mom.title }}", scope) == "Acme Rollout Weekly"
    assert fill("{{ steps.generate_mom.minutes.actionItems.0.assignee }}", scope) == "Ben Ortiz"
    assert len(from_json(told["minutes"]).attendees) == 3


async def test_notes_and_title_of_the_settings_win_over_the_runs():
    made = await run(Config(notes="Ben: All good.", title=" Monday "), notes=FX1)
    assert made.title == "Monday"
    assert made.minutes["meetingTitle"] == "Monday"
    assert "## Meeting Title\n\nMonday" in made.markdown
    assert made.recipients == []


@pytest.mark.parametrize("notes", [{}, {"notes": ""}, {"notes": " \n"}, {"notes": None}])
async def test_without_notes_it_fails_in_the_products_words(notes):
    with pytest.raises(RefusedError, match=r"^Meeting notes are required$"):
        await run(**notes)


async def test_times_without_a_zone_are_in_the_runners():
    made = await run(notes="Sync - March 4, 2026\nTime: 2 PM - 3 PM\n", timeZone="Europe/Paris")
    assert made.minutes["dateTime"] == "2026-03-04 14:00-15:00 Europe/Paris"


async def test_doing_it_twice_is_safe_and_gives_the_same():
    assert generate_mom.repeat is Repeat.SAFE
    assert await run(notes=FX1) == await run(notes=FX1)
