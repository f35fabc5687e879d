"""What people are promised of the step that sends mail: once, from them, as they saw it."""

import pytest

from bot.actions.send_email import Config, audience, propose, send_email
from bot.workflows.action import UnknownOutcomeError
from bot.workflows.audience import external
from storage.errors import GraphError, RefusedError, SignInNeededError
from tests.fakes.contexts import OWNER

THREE = ["asha.rao@contoso.example", "ben.ortiz@contoso.example", "chen.li@acme.example"]


async def test_the_minutes_go_to_everybody_in_the_notes_as_seen_and_edited(fake, go):
    result = await go(send_email, {}, {"subject": "Acme minutes 4 Mar"})
    (sent,) = fake.calls("POST", "/me/sendMail")
    message = sent["body"]["message"]
    assert [one["emailAddress"]["address"] for one in message["toRecipients"]] == THREE
    assert message["subject"] == "Acme minutes 4 Mar"
    assert "<table" in message["body"]["content"]
    assert "|---" not in message["body"]["content"]
    assert sent["body"]["saveToSentItems"] is True
    assert result.model_dump() == {
        "message": "Acme minutes 4 Mar",
        "recipients": 3,
        "to": THREE,
        "cc": [],
        "left_out": [],
    }


async def test_what_is_proposed_is_complete_and_sends_nothing(fake, given):
    seen = await propose({}, await given("send_email"))
    assert seen["to"] == THREE
    assert seen["subject"] == "Meeting Minutes - Acme Rollout Weekly"
    assert seen["body"].startswith("# Meeting Minutes")
    assert fake.exchanges == []


async def test_what_somebody_typed_wins_over_the_minutes(given):
    typed = {
        "to": ["x@y.example"],
        "subject": "Hi",
        "body": "Mine",
        "cc": "a@b.example; c@d.example",
    }
    seen = await propose(typed, await given("send_email"))
    assert seen == {**typed, "cc": ["a@b.example", "c@d.example"]}


async def test_a_name_without_an_address_stays_a_blank_and_nobody_is_made_up(fake, given, go):
    notes = (
        "Attendees:\n- Ana Gray\n- Bo Lund\n- Chen Li - chen.li@acme.example\n\nDecisions:\n- Go"
    )
    fake.users = [("Ana Gray", "ana.gray@contoso.example"), ("Bo Lundqvist", "bo@contoso.example")]
    seen = await propose({}, await given("send_email", notes=notes))
    assert seen["to"] == ["ana.gray@contoso.example", "Bo Lund <>", "chen.li@acme.example"]
    result = await go(send_email, {}, notes=notes)
    assert result.recipients == 2
    assert result.left_out == ["Bo Lund"]
    filled = {"to": ["Bo Lund <bo.lund@contoso.example>"]}
    assert (await go(send_email, {}, filled, notes=notes)).to == ["bo.lund@contoso.example"]


async def test_an_address_in_the_notes_that_is_none_is_a_blank(given):
    notes = "Attendees:\n- Ana Gray - ana.gray@localhost.local\n\nDecisions:\n- Go"
    assert (await propose({}, await given("send_email", notes=notes)))["to"] == ["Ana Gray <>"]
    assert (await propose({"to": "<>, ;"}, await given("send_email", notes=None)))["to"] == []


async def test_two_people_of_one_name_are_no_answer(fake, given):
    fake.users = [("Ana Gray", "ana.gray@contoso.example"), ("Ana Gray", "ana.g@contoso.example")]
    context = await given("send_email", notes=None)
    assert (await propose({"to": ["Ana Gray"]}, context))["to"] == ["Ana Gray <>"]


async def test_people_can_be_named_instead_of_addressed(given):
    typed = {"to": "attendees", "cc": "Ben Ortiz, x@y.example"}
    seen = await propose(typed, await given("send_email"))
    assert seen["to"] == THREE
    assert seen["cc"] == ["ben.ortiz@contoso.example", "x@y.example"]


async def test_where_the_directory_may_not_be_read_names_stay_blanks(fake, client_of, given):
    context = await given("send_email", notes=None, graph=client_of("User.ReadBasic.All"))
    assert (await propose({"to": ["Ana Gray"]}, context))["to"] == ["Ana Gray <>"]
    assert fake.exchanges == []


@pytest.mark.parametrize("changes", [{"to": []}, {"subject": " "}, {"to": ["Dana Fox <>"]}])
async def test_without_recipient_or_subject_nothing_is_sent(fake, go, changes):
    with pytest.raises(RefusedError, match=r"^Email recipient and subject are required$"):
        await go(send_email, {}, changes)
    assert fake.exchanges == []


async def test_the_notes_are_the_body_where_there_are_no_minutes(fake, go):
    typed = {"to": ["a@b.example"], "subject": "S"}
    await go(send_email, typed, notes=None, inputs={"notes": "We **freeze** scope."})
    assert "<strong>freeze</strong>" in fake.mails[0]["body"]["content"]
    with pytest.raises(RefusedError) as missing:
        await go(send_email, typed, notes=None)
    assert str(missing.value) == (
        "Email body is required. Please generate MOM first or provide email body content."
    )


async def test_nobody_gets_the_same_mail_twice(fake, go):
    typed = {"to": ["a@b.example,a@B.example\nc@d.example"], "cc": ["a@b.example", "e@f.example"]}
    result = await go(send_email, typed)
    assert (result.to, result.cc) == (["a@b.example", "c@d.example"], ["e@f.example"])
    assert len(fake.mails[0]["ccRecipients"]) == 1


async def test_a_subject_can_not_smuggle_a_header(fake, go):
    await go(
        send_email,
        {"subject": "Hi\r\nBcc: x@evil.example\u2028y\x00\x07\u202e", "to": ["a@b.example"]},
    )
    assert fake.mails[0]["subject"] == "Hi Bcc: x@evil.example y"


async def test_what_is_no_address_is_told_not_sent(fake, go):
    with pytest.raises(RefusedError, match="not a mail address"):
        await go(send_email, {"to": ["a@b.example", "evil@"]})
    assert fake.mails == []


async def test_the_minutes_can_be_attached(fake, go):
    await go(send_email, {"attach_minutes": True, "body": "See attached."})
    (attached,) = fake.mails[0]["attachments"]
    assert attached["name"] == "Minutes.md"
    typed = {"to": ["a@b.example"], "subject": "S", "body": "B", "attach_minutes": True}
    with pytest.raises(RefusedError, match="no minutes to attach"):
        await go(send_email, typed, notes=None)


async def test_a_mail_that_went_out_before_a_crash_is_not_sent_again(fake, given):
    config = Config(to=["a@b.example"], subject="S", body="B")
    first = await send_email.run(config, await given("send_email"))
    again = await send_email.run(config, await given("send_email", repeated=True))
    assert again == first
    assert len(fake.mails) == 1


async def test_a_mail_that_did_not_go_out_before_a_crash_is_sent(fake, given):
    config = Config(to=["a@b.example"], subject="S", body="B")
    await send_email.run(config, await given("send_email", repeated=True))
    assert len(fake.mails) == 1


async def test_where_nobody_can_tell_the_owner_is_asked(fake, client_of, given):
    config = Config(to=["a@b.example"], subject="S", body="B")
    context = await given("send_email", repeated=True, graph=client_of("Mail.Read"))
    with pytest.raises(UnknownOutcomeError, match='whether the mail "S" was sent'):
        await send_email.run(config, context)
    assert fake.mails == []


@pytest.mark.parametrize("fault", [{"status": 504}, {"status": 202, "reply": "none"}])
async def test_silence_after_sending_is_told_and_never_repeated(fake, go, fault):
    fake.fault(after=True, **fault)
    with pytest.raises(UnknownOutcomeError, match="Look in your Sent Items"):
        await go(send_email, {})
    assert len(fake.mails) == 1


async def test_a_refusal_is_told_as_it_is(fake, go, client_of):
    fake.fault(403)
    with pytest.raises(GraphError, match=r"^Permission denied \(403\): .*Mail\.Send"):
        await go(send_email, {})
    with pytest.raises(SignInNeededError):
        await go(send_email, {}, graph=client_of("Mail.Send"))


def test_everybody_a_mail_goes_to_is_counted():
    settings = {"to": ["A <a@b.example>", "Bo <>"], "cc": "c@d.example"}
    assert audience(settings) == ["a@b.example", "c@d.example"]
    assert audience({"to": ["not an address"]}) == ["not an address"]
    assert audience({}) == []


@pytest.mark.parametrize(
    "address, outside",
    [
        ("a@Contoso.EXAMPLE", False),
        ("a@acme.example", True),
        ("a@mail.contoso.example", True),
        ("a@contoso.example.evil.example", True),
        ("a@notcontoso.example", True),
        ("a@\u0441ontoso.example", True),
        ("a@contoso.example <x@evil.example>", True),
        ("Asha <x@evil.example>", True),
        ("Asha <a@contoso.example>", False),
    ],
)
def test_outside_is_any_domain_that_only_looks_like_ours(address, outside):
    assert bool(external(audience({"to": [address]}), OWNER.email)) is outside
