"""Which column of an action table holds the task, the owner and the day."""

from bot.minutes.lines import Line

_COLUMNS = {
    "task": ("action", "action item", "task", "item", "what", "description", "action items"),
    "owner": ("owner", "assignee", "assignee name", "who", "responsible", "assigned to", "name"),
    "due": ("due", "due date", "deadline", "when", "by when", "date", "target date", "eta"),
}


def action_columns(row: Line) -> dict[str, int] | None:
    """Read a table's first row; None when its words do not head a list of actions."""
    found = {
        name: index
        for index, cell in reversed(list(enumerate(row.cells)))
        for name, words in _COLUMNS.items()
        if cell.casefold() in words
    }
    return found if "task" in found and len(found) > 1 else None
