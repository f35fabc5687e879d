"""The card every server sends: the bot's help, of the commands it really has."""

from bot.registry import collect
from bot.turn import Command
from cards.help import HelpEntry, help_card

CARD = help_card([HelpEntry(one.forms, one.summary) for one in collect("bot.handlers", Command)])
