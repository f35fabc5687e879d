"""A text in Markdown as a card: what a bot's plain message cannot show, headings and tables."""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cards.elements import Card, Element, heading, line, run, table
from cards.plain import shorten

_READ = MarkdownIt("commonmark", {"html": False}).enable("table")
_SIZES = {"h1": "large", "h2": "medium"}


def post_card(markdown: str) -> Card:
    """Show the text: headings, paragraphs, lists and tables; links as text with their address."""
    body = tuple(_blocks(_READ.parse(markdown)))
    first = next((text.strip() for text in markdown.splitlines() if text.strip("# \t-")), "")
    return Card(body, shorten(first.lstrip("# "), 200))


def _blocks(tokens: Sequence[Token]) -> Iterator[Element]:
    depth = 0
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "heading_open":
            words = _words(tokens[place + 1])
            yield heading(words, size=_SIZES.get(token.tag, "default"), spacing="medium")
            place += 2
        elif token.type == "table_open":
            end = next(n for n in range(place, len(tokens)) if tokens[n].type == "table_close")
            yield _table(tokens[place:end])
            place = end
        elif token.type == "inline":
            lead = [run(f"{'    ' * (depth - 1)}• ")] if depth else []
            yield line(*lead, *_runs(token), spacing="none" if depth else "small")
        elif token.type in ("fence", "code_block"):
            yield line(run(token.content.rstrip("\n"), mono=True), spacing="small")
        place += 1


def _table(tokens: Sequence[Token]) -> Element:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_words(token))
    head, *rest = rows
    return table(head, rest, [1] * len(head))


def _words(token: Token) -> str:
    return "".join(words for words, _bold in _parts(token))


def _runs(token: Token) -> list[Element]:
    return [run(words, bold=bold) for words, bold in _parts(token) if words]


def _parts(token: Token) -> Iterator[tuple[str, bool]]:
    """Give the words of a line and whether each part is bold."""
    bold = 0
    addresses: list[str] = []
    for part in token.children or ():
        if part.type in ("strong_open", "em_open"):
            bold += part.type == "strong_open"
        elif part.type == "strong_close":
            bold -= 1
        elif part.type == "link_open":
            addresses.append(str(part.attrs.get("href", "")))
        elif part.type == "link_close":
            yield f" ({addresses.pop()})", False
        elif part.type in ("softbreak", "hardbreak"):
            yield "\n", False
        elif part.content:
            yield part.content, bool(bold)
