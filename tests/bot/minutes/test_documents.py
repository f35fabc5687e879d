"""Files people send: the four kinds that work, and a sentence for everything else."""

import io
import random
import zipfile
from contextlib import suppress

import pytest
from docx import Document

from bot.minutes.documents import LIMIT_BYTES, read_document
from storage.errors import RefusedError


def word(build):
    document = Document()
    build(document)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["n.txt", "N.MD", "call.vtt"])
def test_text_in_the_usual_encodings_is_read(name, encoding):
    text = "Asha: Große Pläne — שלום 👍\r\n" * 3
    assert read_document(name, text.encode(encoding)) == text


def test_text_of_old_windows_programs_is_read():
    assert read_document("n.txt", "Jürgen – “ja”".encode("cp1252")) == "Jürgen – “ja”"


def test_headings_lists_and_tables_of_word_keep_their_marks():
    def build(document):
        document.add_heading("Weekly", 1)
        document.add_paragraph("Ben to call", style="List Bullet")
        row = document.add_table(1, 2).rows[0].cells
        row[0].text, row[1].text = "Send a|b", "Ben"
        document.add_paragraph("The end")

    text = read_document("n.docx", word(build))
    assert [line for line in text.splitlines() if line] == [
        "# Weekly", "- Ben to call", "| Send a\\|b | Ben |", "The end",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a.pdf", "a.exe", "a", "", "a.doc", ".docx.zip"])
def test_other_kinds_are_refused_and_told_what_works(name):
    with pytest.raises(RefusedError, match=r"\.txt, \.md, \.vtt or \.docx"):
        read_document(name, b"x")


def test_more_than_ten_megabytes_are_refused():
    with pytest.raises(RefusedError, match="larger than 10 MB"):
        read_document("a.txt", b"x" * (LIMIT_BYTES + 1))
    assert len(read_document("a.txt", b"x" * LIMIT_BYTES)) == LIMIT_BYTES


def test_a_protected_word_file_is_refused_with_a_way_on():
    with pytest.raises(RefusedError, match="without a password"):
        read_document("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_unopened():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"\0" * (90 * 1024 * 1024))
    with pytest.raises(RefusedError, match="unpacks to more"):
        read_document("a.docx", target.getvalue())


def test_entities_that_grow_are_never_expanded():
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    with zipfile.ZipFile(io.BytesIO(word(lambda document: document.add_paragraph("x")))) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    xml = parts["word/document.xml"].decode().replace(">x<", ">&j;<")
    head, _, rest = xml.partition("?>")
    parts["word/document.xml"] = f"{head}?>{bomb}]>{rest}".encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    text = ""
    with suppress(RefusedError):
        text = read_document("a.docx", target.getvalue())
    assert "aaaaaaaaaa" not in text


def test_a_damaged_word_file_is_read_or_refused_never_an_error():
    whole = word(lambda document: document.add_paragraph("Ben to call"))
    chance = random.Random(1)
    for _ in range(120):
        broken = bytearray(whole[: chance.randrange(len(whole) + 1)] or b"x")
        for _ in range(chance.randrange(4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with suppress(RefusedError):
            read_document("a.docx", bytes(broken))


def test_a_picture_under_a_text_files_name_is_refused():
    with pytest.raises(RefusedError, match="does not hold text"):
        read_document("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
