"""Documents we make land in the owner's OneDrive, under a name that can be kept."""

import pytest

from bot.clients.one_drive import OneDrive, plain_name
from storage.errors import GraphError
from tests.fakes.contexts import OWNER


@pytest.fixture
def put(graph):
    """Write a document as the step of a run does."""
    drive = OneDrive(graph)

    async def write(name="A R-1.pptx", content=b"deck", step="create_ppt"):
        return await drive.put(owner=OWNER, name=name, content=content, key=f"run:{step}")

    return write


async def test_the_same_step_writes_the_same_file_again(fake, put):
    for content in (b"one", b"two"):
        url = await put(content=content)
    assert fake.files == {"ConsultFlow/A R-1.pptx": b"two"}
    assert url == "https://files.example/A R-1.pptx"


async def test_a_second_deck_of_one_run_does_not_replace_the_first(fake, put):
    for step in ("create_ppt", "create_ppt#2"):
        await put(step=step)
    assert set(fake.files) == {"ConsultFlow/A R-1.pptx", "ConsultFlow/A R-1 (2).pptx"}


async def test_a_title_makes_no_folder_and_leaves_ours_by_no_door(fake, put):
    await put(name="../../Q3/Q4: plan? R-1.pptx")
    assert set(fake.files) == {"ConsultFlow/Q3-Q4- plan- R-1.pptx"}


async def test_a_missing_permission_is_told_in_words(fake, put):
    fake.fault(403)
    with pytest.raises(
        GraphError, match=r"Permission denied \(403\): .*OneDrive.*Files\.ReadWrite"
    ):
        await put()


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
