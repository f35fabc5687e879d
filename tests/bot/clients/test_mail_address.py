"""Who a mail goes to: each address once, each a real one, and nobody that was not typed."""

import json
from xml.etree import ElementTree as ET

import pytest

from bot.clients.mail_address import blank, checked, read_addresses
from storage.errors import RefusedError


def _isemail(suite):
    """The cases of isemail; its pictures of control characters are made real."""
    for case in ET.parse(suite("email") / "isemail" / "tests.xml").getroot().iter("test"):
        text = case.findtext("address") or ""
        address = "".join(
            chr(ord(one) - 0x2400) if 0x2400 <= ord(one) < 0x2421 else one for one in text
        )
        yield address, case.findtext("category")


def _accepted(address):
    try:
        return checked(address)
    except RefusedError:
        return None


def test_what_is_no_address_is_refused_by_all_of_isemail(suite):
    wrong = [one for one, kind in _isemail(suite) if kind == "ISEMAIL_ERR"]
    assert len(wrong) == 66
    assert [one for one in wrong if _accepted(one)] == []


def test_what_is_an_address_is_taken_save_one_without_a_dot(suite):
    right = [one for one, kind in _isemail(suite) if kind == "ISEMAIL_VALID_CATEGORY"]
    assert [one for one in right if not _accepted(one)] == ["test@io"]


def test_the_invalid_addresses_of_the_library_are_refused(suite):
    cases = json.loads((suite("email") / "python-email-validator.json").read_text())
    wrong = [one["address"] for one in cases["from_invalid_tests"]]
    assert [one for one in wrong if _accepted(one)] == []


def test_no_entry_becomes_two_addresses_or_holds_a_line_end(suite):
    for address, _kind in _isemail(suite):
        if {",", ";", "\n"} & set(address):
            continue
        try:
            found, _blanks = read_addresses([address])
        except RefusedError:
            continue
        assert len(found) <= 1
        assert not any(set("\r\n,; ") & set(one) for one in found)


def test_they_are_split_at_comma_semicolon_and_line_end_each_once_in_order():
    typed = "b@contoso.example, a@Contoso.example;c@acme.example\r\na@CONTOSO.example\n\n, ;"
    assert read_addresses(typed)[0] == [
        "b@contoso.example",
        "a@contoso.example",
        "c@acme.example",
    ]


def test_a_name_may_stand_before_its_address():
    assert read_addresses(["Dana Fox <dana@acme.example>"]) == (["dana@acme.example"], [])


def test_a_blank_nobody_filled_in_is_a_name_and_no_address():
    assert blank("Dana, <Fox>") == "Dana Fox <>"
    assert read_addresses([blank("Dana Fox"), "a@contoso.example"]) == (
        ["a@contoso.example"],
        ["Dana Fox"],
    )


@pytest.mark.parametrize(
    "typed",
    [
        "Ben Ortiz",
        "a@contoso.example b@contoso.example",
        "a@contoso.example\rBcc: x@evil.example",
        "a@contoso.example\x00",
        '"a b"@contoso.example',
        "a@[127.0.0.1]",
        "a@localhost",
        "<a@contoso.example> b@evil.example",
        "a@b.example <c@d.example>",
    ],
)
def test_tricks_are_refused_by_name(typed):
    with pytest.raises(RefusedError, match=r"is not a mail address\. Correct it\.$"):
        read_addresses(typed)


def test_letters_that_only_look_latin_show_what_they_are():
    with pytest.raises(RefusedError, match=r"\\u0430dmin@contoso"):
        read_addresses("\u0430dmin@contoso.example")
    found, _ = read_addresses("admin@\u0441ontoso.example")
    assert found == ["admin@xn--ontoso-hrf.example"]


def test_fifty_are_the_most():
    fifty = [f"u{number}@contoso.example" for number in range(50)]
    assert len(read_addresses([*fifty, *fifty])[0]) == 50
    with pytest.raises(RefusedError, match="50 people at most"):
        read_addresses([*fifty, "one.more@contoso.example"])
