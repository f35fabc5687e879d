"""The first run, by clicking: notes, minutes, a workflow, its run, its log."""

import os
from pathlib import Path

from playwright.async_api import expect

FX1 = (Path(__file__).parents[2] / "data" / "fx1.txt").read_text("utf-8")


async def send(page, words):
    await page.get_by_label("Message", exact=True).fill(words)
    await page.keyboard.press("Enter")


async def picture(page, name):
    """Keep a picture for whoever wants to look: in the folder CONSULTFLOW_PICTURES names."""
    if folder := os.environ.get("CONSULTFLOW_PICTURES"):
        await page.screenshot(path=f"{folder}/{name}.png")


async def test_from_a_chat_line_to_an_execution_log(new_page, stage, raw):
    page = await new_page()
    await page.goto(f"{stage.teams.url}/#as=asha&room=asha")
    await page.wait_for_selector("body[data-ready]")
    last = page.locator("[data-sender=bot] .card:not(.offer)").last

    await send(page, f"minutes {FX1}")
    await expect(last).to_contain_text("Acme Rollout Weekly")
    await expect(last).to_contain_text("03/12 & Thursday")
    await picture(page, "minutes")

    await send(page, "new")
    await expect(last).to_contain_text("What starts it?")
    await last.get_by_role("button", name="Next").click()
    for action, shown in (("generate_mom", "Generate MOM"), ("create_ppt", "Create PPT")):
        await last.get_by_label("Add an action").select_option(action)
        await last.get_by_role("button", name="Add", exact=True).click()
        await expect(last).to_contain_text(f"-> {shown}")
    await last.get_by_label("Add an action").select_option("save_data")  # Next adds it as well
    await picture(page, "steps")
    await last.get_by_role("button", name="Next").click()
    await expect(last).to_contain_text("Settings of step 1 of 3")
    await last.get_by_role("button", name="Next").click()
    await expect(last).to_contain_text("Settings of step 2 of 3")
    await picture(page, "settings")
    await last.get_by_role("button", name="Next").click()
    await expect(last).to_contain_text("Settings of step 3 of 3")
    await last.get_by_label("Name").fill("last meeting")
    await last.get_by_label("Value").fill("{{ steps.generate_mom.title }}")
    await last.get_by_role("button", name="Next").click()
    await expect(last).to_contain_text("up to 100 letters")
    await last.get_by_label("Name").fill("last_meeting")
    await last.get_by_role("button", name="Next").click()
    await last.get_by_label("Workflow name").fill("After the meeting")
    await last.get_by_role("button", name="Next").click()
    await expect(last).to_contain_text("Manual -> Generate MOM -> Create PPT -> Save Data")
    await picture(page, "review")
    await last.get_by_role("button", name="Save").click()
    await expect(last).to_contain_text('Saved "After the meeting" (v1).')

    await last.get_by_role("button", name="Run").click()
    await last.get_by_label("Meeting notes").fill(FX1)
    await last.get_by_role("button", name="Run").click()
    await expect(last).to_contain_text("Completed")
    await expect(page.get_by_text("Running •")).to_have_count(0)
    await picture(page, "run")
    assert raw["executionlogs"].count_documents({"status": "completed"}) == 1

    await last.get_by_role("button", name="Log").click()
    await expect(last).to_contain_text("After the meeting")
    await expect(last).to_contain_text("Generate MOM")
    await picture(page, "log")
    await send(page, "data last_meeting")
    await expect(last).to_contain_text("Acme Rollout Weekly")


async def test_it_reads_as_well_in_the_dark_and_on_a_phone(new_page, stage):
    for scheme, width in (("dark", 1280), ("light", 390), ("dark", 390)):
        page = await new_page(width=width, scheme=scheme)
        await page.goto(f"{stage.teams.url}/#as=ben&room=ben")
        await page.wait_for_selector("body[data-ready]")
        await send(page, "help")
        await expect(page.locator("[data-sender=bot] .card").last).to_contain_text("What I can do")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        await picture(page, f"help-{scheme}-{width}")
