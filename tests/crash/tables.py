"""What the crash suite came to, as tables at the end of the session.

A row travels with its test's report, so that it is there whichever process ran the test.
"""

import itertools

ROW = "crash_row"


def note(record_property, table, *cells):
    """Add a row to a table; its first row is the heading's."""
    record_property(ROW, [table, *map(str, cells)])


def show(terminalreporter):
    """Print every table that got rows."""
    rows = sorted(
        tuple(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == ROW and getattr(report, "when", "") == "call"
    )
    for table, found in itertools.groupby(dict.fromkeys(rows), key=lambda row: row[0]):
        title, *heading = table.split("|")
        lines = [heading, *(row[1:] for row in found)]
        widths = [max(map(len, column)) for column in itertools.zip_longest(*lines, fillvalue="")]
        terminalreporter.section(title)
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=False))
            terminalreporter.write_line("| " + " | ".join(cells) + " |")
