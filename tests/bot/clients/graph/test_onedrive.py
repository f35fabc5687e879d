"""Documents we make land in the owner's OneDrive, under a name that can be kept."""

import pytest

from bot.clients.graph.drive import OneDrive, plain_name
from storage.errors import GraphError
from tests.fakes.contexts import OWNER


@pytest.fixture
def drive(graph):
    async def put_file(owner, path, content):
        assert owner is OWNER
        return await graph.put_file(path, content)

    return OneDrive(put_file)


async def test_the_same_step_writes_the_same_file_again(fake, drive):
    for content in (b"one", b"two"):
        url = await drive.put(owner=OWNER, name="A R-1.pptx", content=content, key="run:create_ppt")
    assert fake.files == {"ConsultFlow/A R-1.pptx": b"two"}
    assert url == "https://files.example/A R-1.pptx"


async def test_a_second_deck_of_one_run_does_not_replace_the_first(fake, drive):
    for step in ("create_ppt", "create_ppt#2"):
        await drive.put(owner=OWNER, name="A R-1.pptx", content=b"x", key=f"run:{step}")
    assert set(fake.files) == {"ConsultFlow/A R-1.pptx", "ConsultFlow/A R-1 (2).pptx"}


async def test_a_missing_permission_is_told_in_words(fake, drive):
    fake.fault(403)
    with pytest.raises(
        GraphError, match=r"Permission denied \(403\): .*OneDrive.*Files\.ReadWrite"
    ):
        await drive.put(owner=OWNER, name="A.pptx", content=b"x", key="run:create_ppt")


@pytest.mark.parametrize(
    "asked, kept",
    [
        ("../../etc/passwd", "etc-passwd"),
        ('Q3: "plan" <x>?.pptx', "Q3- -plan- -x.pptx"),
        ("CON.pptx", "_CON.pptx"),
        ("  \u202e\x00 .pptx", "Document.pptx"),
        ("50% #1.pptx", "50- -1.pptx"),
        ("no ending", "no ending"),
        ("Протокол.pptx", "Протокол.pptx"),
        ("a" * 300 + ".pptx", "a" * 120 + ".pptx"),
    ],
)
def test_a_name_becomes_one_plain_name(asked, kept):
    assert plain_name(asked) == kept
