"""A PowerPoint file of pages: a title slide, then one slide a page; no picture, no link."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.shapes.base import BaseShape
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.text.text import _Paragraph as Paragraph
from pptx.util import Inches, Pt

from bot.minutes.measure import shorten, width_of
from bot.minutes.outline import Template
from bot.minutes.slides import Line, Page, Row, weigh

_rgb: Callable[[int, int, int], RGBColor] = RGBColor

_TITLE_LAYOUT, _LIST_LAYOUT, _TITLE_ONLY_LAYOUT = 0, 1, 5
_INK = _rgb(0x26, 0x26, 0x26)
_FAINT = _rgb(0x76, 0x76, 0x76)
_WHITE = _rgb(0xFF, 0xFF, 0xFF)
_BAND = _rgb(0xF4, 0xF5, 0xF7)
_COLUMNS = (6.9, 2.7, 2.3)  # inches, of 11.9
_FEW_LINES = 5
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of the zip format


@dataclass(frozen=True, slots=True)
class _Look:
    deep: RGBColor
    bright: RGBColor


_LOOKS = {
    Template.DEFAULT: _Look(_rgb(0x1F, 0x4E, 0x8C), _rgb(0x2F, 0x80, 0xED)),
    Template.EXECUTIVE: _Look(_rgb(0x1B, 0x26, 0x3B), _rgb(0xC2, 0x92, 0x3A)),
    Template.TECHNICAL: _Look(_rgb(0x0B, 0x4F, 0x4A), _rgb(0x12, 0x9C, 0x8B)),
    Template.MEETING: _Look(_rgb(0x44, 0x47, 0x91), _rgb(0x7B, 0x83, 0xEB)),
}


def build_deck(
    title: str,
    subtitle: str,
    pages: list[Page],
    *,
    template: Template,
    author: str,
    made_at: datetime,
) -> bytes:
    """Make the .pptx: the same arguments give the same bytes. Takes tens of milliseconds a slide.

    Shape: 16:9, one slide more than there are pages; every slide has a real title, and the first
    shows up to eight lines of `subtitle`.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    properties = deck.core_properties
    properties.title, properties.author, properties.last_modified_by = title, author, author
    properties.created = properties.modified = made_at.replace(tzinfo=None, microsecond=0)
    _strip(deck)
    look = _LOOKS[template]
    _title_slide(deck, title, subtitle, look)
    for number, page in enumerate(pages, start=2):
        slide = _table_slide(deck, page, look) if page.header else _list_slide(deck, page)
        _frame(slide, page.title, look)
        _foot(slide, title, f"{number} / {len(pages) + 1}")
    held = io.BytesIO()
    deck.save(held)
    return _stable(held.getvalue())


def _strip(deck: Deck) -> None:
    """Take out what the stock template carries of others: a picture and a printer's settings."""
    package = deck.part.package
    for relation in list(package.iter_rels()):
        if relation.reltype.endswith("/printerSettings"):
            deck.part.rels.pop(relation.rId)
        elif relation.reltype.endswith("/thumbnail"):
            package.drop_rel(relation.rId)


def _title_slide(deck: Deck, title: str, subtitle: str, look: _Look) -> None:
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_LAYOUT])
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = look.deep
    _bar(slide, 0.9, 4.12, 2.2, 0.07, look)
    heading, below = slide.placeholders[0], slide.placeholders[1]
    _place(heading, 0.9, 1.5, 11.5, 2.5)
    title = shorten(title, 200)
    size = 44 if width_of(title) < 50 else 32 if width_of(title) < 110 else 24
    _write(heading.text_frame, [title], size, _WHITE, bold=True, anchor=MSO_ANCHOR.BOTTOM)
    _place(below, 0.9, 4.35, 11.5, 2.4)
    lines = [shorten(line, 100) for line in subtitle.splitlines()][:8] or [" "]
    _write(below.text_frame, lines, 20 if len(lines) <= 4 else 16, _WHITE, anchor=MSO_ANCHOR.TOP)


def _list_slide(deck: Deck, page: Page) -> Slide:
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[_LIST_LAYOUT])
    body = slide.placeholders[1]
    _place(body, 0.7, 1.5, 11.9, 5.35)
    frame = body.text_frame
    lines = [unit for unit in page.units if isinstance(unit, Line)]
    # A page with little on it is set larger.
    roomy = not page.dense and sum(weigh(line, dense=False) for line in lines) <= _FEW_LINES
    size = 14 if page.dense else 24 if roomy else 20
    _write(frame, [line.text for line in lines], size, _INK)
    for paragraph, line in zip(frame.paragraphs, lines, strict=True):
        paragraph.space_after = Pt(3 if page.dense else 5)
        paragraph.space_before = Pt(0)
        if line.heading:
            _as_heading(paragraph)
    return slide


def _table_slide(deck: Deck, page: Page, look: _Look) -> Slide:
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY_LAYOUT])
    rows = [unit for unit in page.units if isinstance(unit, Row)]
    line = 0.29 if page.dense else 0.45
    heights = [line * 1.2, *(weigh(row, dense=page.dense) * line for row in rows)]
    shape = slide.shapes.add_table(
        len(rows) + 1, len(page.header), Inches(0.7), Inches(1.55), Inches(11.9),
        Inches(sum(heights)),
    )  # fmt: skip
    table = shape.table
    for place, width in enumerate(_COLUMNS):
        table.columns[place].width = Inches(width)
    for row, height in zip(table.rows, heights, strict=True):
        row.height = Inches(height)
    size = 12 if page.dense else 16
    for place, cells in enumerate([page.header, *(row.cells for row in rows)]):
        for cell, text in zip(table.rows[place].cells, cells, strict=True):
            cell.fill.solid()
            cell.fill.fore_color.rgb = look.deep if place == 0 else (_BAND, _WHITE)[place % 2]
            colour = _WHITE if place == 0 else _INK
            _write(cell.text_frame, [text], size, colour, bold=place == 0)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    return slide


def _frame(slide: Slide, title: str, look: _Look) -> None:
    heading = slide.placeholders[0]
    _place(heading, 0.7, 0.4, 11.9, 0.85)
    text = shorten(title, 62)
    size = 30 if width_of(text) < 46 else 22
    _write(heading.text_frame, [text], size, look.deep, bold=True, anchor=MSO_ANCHOR.BOTTOM)
    _bar(slide, 0.8, 1.28, 1.4, 0.05, look)


def _foot(slide: Slide, title: str, number: str) -> None:
    for text, left, width, align in (
        (shorten(title, 90), 0.7, 9.5, PP_ALIGN.LEFT),
        (number, 10.6, 2.0, PP_ALIGN.RIGHT),
    ):
        box = slide.shapes.add_textbox(Inches(left), Inches(6.98), Inches(width), Inches(0.35))
        _write(box.text_frame, [text], 10, _FAINT)
        box.text_frame.paragraphs[0].alignment = align


def _bar(slide: Slide, left: float, top: float, width: float, height: float, look: _Look) -> None:
    bar = slide.shapes.add_shape(
        MSO_SHAPE.RECTANGLE, Inches(left), Inches(top), Inches(width), Inches(height)
    )
    bar.fill.solid()
    bar.fill.fore_color.rgb = look.bright
    bar.line.fill.background()
    bar.shadow.inherit = False


def _place(shape: BaseShape, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top = Inches(left), Inches(top)
    shape.width, shape.height = Inches(width), Inches(height)


def _write(
    frame: TextFrame,
    texts: list[str],
    size: int,
    colour: RGBColor,
    *,
    bold: bool = False,
    anchor: MSO_ANCHOR | None = None,
) -> None:
    frame.word_wrap = True
    if anchor is not None:
        frame.vertical_anchor = anchor
    frame.text = "\n".join(texts)
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
        for run in paragraph.runs:
            run.font.size, run.font.bold = Pt(size), bold
            run.font.color.rgb = colour


def _as_heading(paragraph: Paragraph) -> None:
    for run in paragraph.runs:
        run.font.bold = True
    # python-pptx has no other way to take a bullet off; it stands last, as the schema wants it.
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.set("marL", "0")
    properties.set("indent", "0")
    properties.append(properties.makeelement(qn("a:buNone"), {}))


def _stable(content: bytes) -> bytes:
    """Write the zip again without the time of writing, so that a repeat makes the same file."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as made,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as stable,
    ):
        for name in made.namelist():
            stable.writestr(
                zipfile.ZipInfo(name, _FIRST_DAY), made.read(name), zipfile.ZIP_DEFLATED
            )
    return held.getvalue()
