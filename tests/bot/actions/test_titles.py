"""An action has one name, wherever it is read."""

from bot.registry import discover
from bot.workflows.action import Action
from cards.wording import action_title


def test_an_action_is_called_the_same_in_the_builder_and_on_every_card():
    found = discover("bot.actions", Action)
    assert {name: one.title for name, one in found.items()} == {
        name: action_title(name) for name in found
    }
