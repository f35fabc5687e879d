"""What workflows saved: all names, or the records of one."""

from collections.abc import Sequence

from cards.buttons import button, button_row
from cards.elements import Card, Element, columns, container, heading, text
from cards.fitting import fitted
from cards.masking import masked
from cards.plain import shorten, whole
from cards.verbs import ShowData, ShowHome
from cards.wording import when
from storage.models import Record

MOST = 10


def data_list_card(names: Sequence[tuple[str, int]]) -> Card:
    """List the names something was saved under, each with how many records it has."""
    if not names:
        nothing = "Nothing is saved yet. The Save Data action keeps things here."
        return Card((heading("Saved data"), text(nothing)), nothing, (button("Home", ShowHome()),))

    def draw(limit: int) -> Card:
        rows = [_name_row(name, count, limit) for name, count in names[:20]]
        summary = f"Saved data: {len(names)} name{'' if len(names) == 1 else 's'}"
        left = len(names) - len(rows)
        more = [text(f"and {left} more: type data and a name", subtle=True)] if left else []
        return Card((heading("Saved data"), *rows, *more), summary)

    return fitted(draw)


def _name_row(name: str, count: int, limit: int) -> Element:
    about = [
        text(shorten(name, limit), bold=True),
        text(f"{count} record{'' if count == 1 else 's'}", subtle=True, spacing="none"),
    ]
    # A very long name would weigh too much in a button, twenty times over.
    show = [button_row(button("Show", ShowData(data=whole(name))))] if len(name) <= 100 else []
    return columns(("stretch", about), ("auto", show), spacing="small")


def data_card(name: str, records: Sequence[Record], *, zone: str) -> Card:
    """Show the records of one name, as given (newest first), the first ten."""
    every = (button("All saved data", ShowData()),)
    if not records:
        nothing = f'Nothing is saved as "{shorten(name, 80)}".'
        return Card((text(nothing),), nothing, every)

    def draw(limit: int) -> Card:
        shown = [_record(record, zone, limit) for record in records[:MOST]]
        left = len(records) - len(shown)
        more = [text(f"and {left} older", subtle=True)] if left else []
        title = shorten(name, limit)
        return Card((heading(title), *shown, *more), f"Saved data: {title}", every)

    return fitted(draw)


def _record(record: Record, zone: str, limit: int) -> Element:
    label = [shorten(record.key, limit)] if record.key else []
    return container(
        text(" • ".join([*label, when(record.saved_at, zone)]), subtle=True),
        text(shorten(masked(record.key or "", record.value), limit) or "(empty)", spacing="none"),
        spacing="medium",
        separator=True,
    )
