"""Every error we foresee stands in the tree, says what it is, and reaches people as a sentence."""

import inspect
import re

import pytest

import bot
import cards
import storage
from bot.registry import modules
from storage import errors
from storage.errors import ConsultFlowError

TREE = re.compile(r"[├└]── (\w+)")


def every_error(kind=ConsultFlowError):
    for package in (bot, cards, storage):
        for module in modules(package.__name__):
            if hasattr(module, "__path__"):
                modules(module.__name__)
    return {kind, *(one for below in kind.__subclasses__() for one in every_error(below))}


ERRORS = sorted(every_error(), key=lambda one: one.__name__)


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: one.__name__)
def test_every_error_says_what_went_wrong_in_its_own_docstring(error):
    assert error.__doc__
    assert error.__doc__ is not error.__mro__[1].__doc__
    assert error.__name__.endswith("Error")


def test_the_tree_names_every_error_and_no_other():
    drawn = TREE.findall(inspect.getdoc(errors))
    assert sorted(drawn) == sorted({one.__name__ for one in ERRORS} - {"ConsultFlowError"})


def test_the_tree_hangs_them_where_they_belong():
    above = ["ConsultFlowError"]
    for line in inspect.getdoc(errors).splitlines():
        if found := TREE.search(line):
            depth = found.start() // 4 + 1
            above[depth:] = [found[1]]
            error = next(one for one in ERRORS if one.__name__ == found[1])
            assert error.__mro__[1].__name__ == above[depth - 1]
