"""Coming to the chat page as a person of the local Teams."""


async def arrive(page, teams, where="asha", person="asha"):
    """Open the page as a person, in a room of theirs, and wait until it is drawn."""
    await page.goto(f"{teams.url}/#as={person}&room={where}")
    await page.wait_for_selector("body[data-ready]")
