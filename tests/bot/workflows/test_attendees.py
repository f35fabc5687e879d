"""People by name: who they are, or a blank; from the notes first, and nobody made up."""

import pytest

from bot.clients.graph.records import DirectoryUser
from bot.workflows.attendees import asked_to_next, entries_of, reached
from storage.errors import GraphError
from storage.minutes import Attendee, Minutes, NextMeeting

ANA = Attendee("Ana Gray", "Lead", "ana@contoso.example")
BO = Attendee("Bo Lund")
MINUTES = Minutes("Weekly", attendees=(ANA, BO))


class Directory:
    """A directory of a few people, which recalls whom it was asked for."""

    def __init__(self, *users, error=None):
        self.users = [DirectoryUser(mail or name, name, mail, "upn") for name, mail in users]
        self.error = error
        self.asked = []

    async def people_of(self, queries, top=8):
        self.asked += queries
        if self.error:
            raise self.error
        return [[one for one in self.users if one.name.startswith(query)] for query in queries]


@pytest.mark.parametrize(
    "value, entries",
    [
        ("a@b.example; Bo Lund\nAna,", ["a@b.example", "Bo Lund", "Ana"]),
        (["a@b.example, c@d.example", " "], ["a@b.example", "c@d.example"]),
        (None, []),
        (["<>", " <> "], []),
        (5, []),
    ],
)
def test_one_entry_is_one_person(value, entries):
    assert entries_of(value) == entries


async def test_the_notes_are_asked_before_the_directory():
    directory = Directory(("Ana Gray", "other@contoso.example"), ("Bo Lund", "bo@contoso.example"))
    found = await reached(["attendees"], MINUTES, directory)
    assert found == ["ana@contoso.example", "bo@contoso.example"]
    assert directory.asked == ["Bo Lund"]


@pytest.mark.parametrize(
    "users",
    [
        [],
        [("Bo Lundgren", "bo@contoso.example")],
        [("Bo Lund", "bo@contoso.example"), ("Bo Lund", "bo2@contoso.example")],
        [("Bo Lund", None)],
    ],
)
async def test_anything_but_one_person_of_that_name_is_a_blank(users):
    assert await reached(["bo  LUND"], MINUTES, Directory(*users)) == ["Bo Lund <>"]


async def test_without_a_directory_or_the_right_to_read_it_names_stay_blanks():
    refusing = Directory(error=GraphError("no", status=403))
    for directory in (None, refusing):
        assert await reached(["Bo Lund", "x@y.example"], None, directory) == [
            "Bo Lund <>",
            "x@y.example",
        ]


async def test_everybody_is_there_once():
    found = await reached(["attendees", "ana@contoso.example", "Ana Gray"], MINUTES, None)
    assert found == ["ana@contoso.example", "Bo Lund <>"]


async def test_a_filled_in_blank_is_kept_as_typed():
    assert await reached(["Bo Lund <bo@x.example>"], MINUTES, None) == ["Bo Lund <bo@x.example>"]


def test_the_next_meeting_is_for_those_it_names_or_for_everybody():
    assert asked_to_next(MINUTES) == ["attendees"]
    assert asked_to_next(None) == ["attendees"]
    named = Minutes("Weekly", next_meeting=NextMeeting(attendees=("Bo Lund",)))
    assert asked_to_next(named) == ["Bo Lund"]
