"""Walking through the builder."""

from tests.scenarios.reading import walk


async def build_to_name(stage, person="asha", where="personal"):
    """Walk through the dialog to the name: minutes, then two saved values at the same time."""
    card = await stage.say(person, "new", where)
    await stage.press(person, card, "Next", trigger="manual")
    for action, beside in (("generate_mom", False), ("save_data", False), ("save_data", True)):
        await stage.press(person, card, "Add", action=action)
        if beside:
            await stage.press(person, card, choice(card, person, "beside:2"))
    await stage.press(person, card, "Next")
    await stage.press(person, card, "Next")  # generate_mom has nothing that must be set
    for name in ("title", "count"):
        value = "{{ steps.generate_mom.title }}"
        await stage.press(person, card, "Next", name=name, value=value)
    return card


def choice(card, person, wanted):
    """Give the dialog's button of a choice, as this person sees the card."""
    return next(
        element
        for element in walk(card.card(person))
        if element.get("type") == "Action.Execute" and element["data"].get("choice") == wanted
    )


async def saved(stage, name="Weekly", person="asha", where="personal"):
    """Build and save the workflow of build_to_name()."""
    card = await build_to_name(stage, person, where)
    await stage.press(person, card, "Next", name=name)
    await stage.press(person, card, "Save")
    return card
