"""Pauses of the garbage collector, kept short: they hold up every turn that is under way."""

import gc


def keep_what_is_there() -> None:
    """Leave what a started process holds out of every later collection.

    The modules, schemas and tables of a started bot stay for good; looking through them again and
    again is what makes a full collection pause for longer than a turn may take. Call it once.
    """
    gc.collect()
    gc.freeze()
