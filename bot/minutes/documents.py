"""A file somebody sent, read into text: .txt, .md, .vtt, .docx, at most 10 MB."""

import codecs
import io
import zipfile
import zlib
from collections.abc import Iterator

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from docx.table import Table
from docx.text.paragraph import Paragraph

from storage.errors import RefusedError

LIMIT_BYTES = 10 * 1024 * 1024
_UNPACKED_BYTES = 8 * LIMIT_BYTES
_MOST_PARTS = 2000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = (".txt", ".md", ".markdown", ".vtt", ".docx")
_WORKS = "Send a .txt, .md, .vtt or .docx file of at most 10 MB, or paste the notes."
_BROKEN_WORD = (
    zipfile.BadZipFile,
    zlib.error,
    OpcError,
    SyntaxError,  # what the XML reader raises
    KeyError,
    ValueError,
    IndexError,
    TypeError,
    AttributeError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    OSError,
    AssertionError,
)


def read_document(name: str, content: bytes) -> str:
    """Give the text of a file; headings, lists and tables of Word keep their marks.

    CPU only: call it in a thread. Errors: RefusedError, in a sentence that names what works.
    """
    kind = "." + name.lower().rpartition(".")[2]
    if kind not in _KINDS:
        raise RefusedError(f"I can't read that kind of file. {_WORKS}")
    if len(content) > LIMIT_BYTES:
        raise RefusedError(f"That file is larger than 10 MB. {_WORKS}")
    text = _word(content) if kind == ".docx" else _decoded(content)
    if len(text) > LIMIT_BYTES:
        raise RefusedError(f"That file holds more than 10 MB of text. {_WORKS}")
    return text


def _decoded(content: bytes) -> str:
    """Read text in the encodings Windows and the web write: UTF-8, UTF-16, else Windows-1252."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _plain(content.decode("utf-16", errors="replace"))
    sample = content[:2000]
    if sample.count(0) > len(sample) // 4:
        even = sample[::2].count(0)
        order = "utf-16-be" if even > len(sample) // 4 else "utf-16-le"
        return _plain(content.decode(order, errors="replace"))
    try:
        return _plain(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _plain(content.decode("cp1252", errors="replace"))


def _plain(text: str) -> str:
    """Refuse what is no text at all, such as a picture under a text file's name."""
    sample = text[:4000]
    odd = sum(not character.isprintable() and not character.isspace() for character in sample)
    odd += sample.count("\ufffd")
    if odd > 8 + len(sample) // 20:
        raise RefusedError(f"That file does not hold text I can read. {_WORKS}")
    return text.removeprefix("\ufeff")


def _word(content: bytes) -> str:
    if content.startswith(_OLD_OFFICE):
        raise RefusedError(
            "That Word file is protected or in the old format. Save it as a .docx without a "
            "password and send it again, or paste the notes."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _UNPACKED_BYTES:
            raise RefusedError(f"That Word file unpacks to more than I can read. {_WORKS}")
        return "\n".join(_blocks(Document(io.BytesIO(content))))
    except _BROKEN_WORD as cause:
        raise RefusedError(f"I can't open that Word file: it is damaged. {_WORKS}") from cause


def _blocks(document: WordDocument) -> Iterator[str]:
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from _rows(block)
        else:
            yield _paragraph(block)


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells = (" ".join(cell.text.split()).replace("|", r"\|") for cell in row.cells)
        yield "| " + " | ".join(cells) + " |"


def _paragraph(paragraph: Paragraph) -> str:
    text = paragraph.text
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    if not text.strip():
        return ""
    if style.startswith(("Heading", "Title")):
        return f"\n# {text}"
    properties = paragraph._p.pPr  # noqa: SLF001  # a list's number is nowhere in its public face
    numbered = properties is not None and properties.numPr is not None
    return f"- {text}" if numbered or style.startswith("List") else text
