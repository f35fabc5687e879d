"""Mail and calendars of the local Graph: what lands where, and what Outlook would refuse."""

import base64

import pytest

MARKER = "String {5b0a0f6e-3f0f-4d5b-9a44-0f6c1f2a7d30} Name ConsultFlowStep"
BOX = "Mail.Send Mail.Read Mail.ReadWrite"
CALENDAR = "Calendars.ReadWrite Calendars.Read"


def to(*addresses):
    return [{"emailAddress": {"address": address}} for address in addresses]


def mail(**changes):
    message = {
        "subject": "Minutes",
        "body": {"contentType": "HTML", "content": "<p>Hello &amp; welcome</p>"},
        "toRecipients": to("ben.ortiz@contoso.example"),
    }
    return {"message": {**message, **changes}}


async def send(ask, body, **more):
    return await ask("POST", "/me/sendMail", BOX, json=body, **more)


async def refused(call, status, code):
    answered, body, _ = await call
    assert (answered, body["error"]["code"]) == (status, code), body


async def test_a_mail_goes_out_without_a_word_and_lands_on_both_sides(ask, microsoft):
    body = mail(
        ccRecipients=to("client@acme.example"), bccRecipients=to("asha.rao@contoso.example")
    )
    status, text, headers = await send(ask, body)
    assert (status, text) == (202, "")
    assert "Content-Type" not in headers
    (sent,) = microsoft.outbox("asha")
    (received,) = microsoft.inbox("ben")
    assert sent["from"]["emailAddress"]["address"] == "Asha.Rao@Contoso.example"
    assert (received["subject"], received["isRead"]) == ("Minutes", False)
    assert sent["id"] != received["id"]
    assert received["bccRecipients"] == []
    assert microsoft.inbox("asha")[0]["subject"] == "Minutes"
    assert sent["bodyPreview"] == "Hello &amp; welcome"


async def test_a_mail_may_leave_no_copy(ask, microsoft):
    assert (await send(ask, mail() | {"saveToSentItems": False}))[0] == 202
    assert microsoft.outbox("asha") == []
    assert len(microsoft.inbox("ben")) == 1


async def test_names_of_parameters_may_be_written_either_way(ask, microsoft):
    status, _, _ = await send(ask, {"Message": mail()["message"], "SaveToSentItems": True})
    assert status == 202
    assert len(microsoft.outbox("asha")) == 1


async def test_a_bad_address_that_looks_like_one_is_taken(ask):
    assert (await send(ask, mail(toRecipients=to("nobody@nowhere.invalid"))))[0] == 202


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"toRecipients": []}, "ErrorInvalidRecipients"),
        ({"toRecipients": to("nobody")}, "ErrorInvalidRecipients"),
        ({"toRecipients": to("a@b.example, c@d.example")}, "ErrorInvalidRecipients"),
        ({"toRecipients": to("a@b.example;c@d.example")}, "ErrorInvalidRecipients"),
        ({"toRecipients": to("a@b.example\r\nBcc: x@y.example")}, "ErrorInvalidRecipients"),
        ({"toRecipients": [{}]}, "ErrorInvalidRecipients"),
        ({"toRecipients": to(*[f"p{n}@b.example" for n in range(501)])},
         "ErrorExceededMaxRecipientLimit"),
        ({"toRecipients": "a@b.example"}, "RequestBodyRead"),
        ({"toRecipients": [None]}, "RequestBodyRead"),
        ({"toRecipients": to(7)}, "RequestBodyRead"),
        ({"subjct": "x"}, "RequestBodyRead"),
        ({"subject": 7}, "RequestBodyRead"),
        ({"subject": "a\r\nBcc: x@y.example"}, "ErrorPropertyValidationFailure"),
        ({"body": "hello"}, "RequestBodyRead"),
        ({"body": {"contentType": "markdown", "content": "x"}}, "RequestBodyRead"),
        ({"importance": "urgent"}, "RequestBodyRead"),
        ({"attachments": [{"name": "a.txt", "contentBytes": "eA=="}]}, "ErrorInvalidRequest"),
        ({"attachments": [{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt",
                           "contentBytes": "!"}]}, "RequestBodyRead"),
        ({"singleValueExtendedProperties": [{"id": "ConsultFlow", "value": "x"}]},
         "ErrorInvalidExtendedProperty"),
        ({"internetMessageHeaders": [{"name": "Bcc", "value": "x"}]},
         "InvalidInternetMessageHeader"),
    ],
)  # fmt: skip
async def test_what_outlook_would_refuse_is_refused_and_nothing_sent(ask, microsoft, changes, code):
    await refused(send(ask, mail(**changes)), 400, code)
    assert microsoft.outbox("asha") == []


@pytest.mark.parametrize(
    "body, code",
    [
        ({}, "ErrorInvalidParameter"),
        ({"message": []}, "RequestBodyRead"),
        ({**mail(), "saveToSentItems": "false"}, "RequestBodyRead"),
        ({**mail(), "save": True}, "RequestBodyRead"),
    ],
)
async def test_an_action_with_wrong_parameters_is_refused(ask, body, code):
    await refused(send(ask, body), 400, code)


async def test_an_attachment_arrives_whole(ask, microsoft):
    content = base64.b64encode(b"x" * 1000).decode()
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt",
            "contentType": "text/plain", "contentBytes": content}  # fmt: skip
    assert (await send(ask, mail(attachments=[file])))[0] == 202
    (kept,) = microsoft.inbox("ben")[0]["attachments"]
    assert (kept["name"], kept["size"]) == ("a.txt", 1000)


def looking_for(value):
    return (
        "/me/messages?$filter=singleValueExtendedProperties/Any(ep:%20ep/id%20eq%20%27"
        + MARKER.replace(" ", "%20")
        + f"%27%20and%20ep/value%20eq%20%27{value}%27)"
    )


async def test_a_mail_is_found_again_by_its_marker_and_by_no_other(ask):
    marked = [{"id": MARKER, "value": "run-1:2"}]
    await send(ask, mail(singleValueExtendedProperties=marked))
    await send(ask, mail())
    _, found, _ = await ask("GET", looking_for("run-1:2"), BOX)
    _, other, _ = await ask("GET", looking_for("run-1:3"), BOX)
    assert (len(found["value"]), other["value"]) == (1, [])
    assert "singleValueExtendedProperties" not in found["value"][0]
    expand = "&$expand=singleValueExtendedProperties($filter=id%20eq%20%27"
    path = looking_for("run-1:2") + expand + MARKER.replace(" ", "%20") + "%27)"
    _, shown, _ = await ask("GET", path, BOX)
    assert shown["value"][0]["singleValueExtendedProperties"] == marked
    # Whoever received it does not see what the sender marked it with.
    _, received, _ = await ask("GET", looking_for("run-1:2"), BOX, person="ben")
    assert received["value"] == []


async def test_the_basic_permission_hides_bodies_and_markers(ask):
    await send(ask, mail())
    _, listed, _ = await ask("GET", "/me/messages", "Mail.ReadBasic")
    assert listed["value"][0]["subject"] == "Minutes"
    assert "body" not in listed["value"][0]
    await refused(ask("GET", looking_for("x"), "Mail.ReadBasic"), 403, "ErrorAccessDenied")


async def test_a_draft_is_kept_unsent(ask, microsoft):
    status, draft, _ = await ask("POST", "/me/messages", BOX, json=mail()["message"])
    assert (status, draft["isDraft"]) == (201, True)
    assert microsoft.outbox("asha") == microsoft.inbox("ben") == []
    _, found, _ = await ask("GET", "/me/messages?$filter=isDraft%20eq%20true", BOX)
    assert [one["id"] for one in found["value"]] == [draft["id"]]


@pytest.mark.parametrize(
    "path",
    ["/me/messages?$filter=body%20eq%20%27x%27", "/me/messages?$expand=attachments",
     "/me/messages?$orderby=subject", "/me/messages?$filter=ep/id%20eq%20%27x%27"],
)  # fmt: skip
async def test_mail_is_not_searched_in_ways_outlook_does_not_know(ask, path):
    assert (await ask("GET", path, BOX))[0] == 400


async def test_a_guest_has_no_mailbox_here(ask):
    code = "MailboxNotEnabledForRESTAPI"
    await refused(send(ask, mail(), person="chen"), 404, code)
    await refused(ask("GET", "/me/events", CALENDAR, person="chen"), 404, code)
    await refused(ask("GET", "/me/messages", BOX, person="chen"), 404, code)


def event(**changes):
    return {
        "subject": "Review",
        "body": {"contentType": "HTML", "content": "<p>Agenda</p>"},
        "start": {"dateTime": "2026-03-05T15:00:00", "timeZone": "Asia/Kolkata"},
        "end": {"dateTime": "2026-03-05T15:30:00", "timeZone": "India Standard Time"},
        "attendees": [{**to("ben.ortiz@contoso.example")[0], "type": "Required"}],
        **changes,
    }


async def book(ask, body, **more):
    return await ask("POST", "/me/events", CALENDAR, json=body, **more)


async def test_an_event_is_booked_in_its_own_zone_and_its_people_are_invited(ask, microsoft):
    status, made, _ = await book(ask, event(isOnlineMeeting=True))
    assert status == 201
    assert made["start"] == {"dateTime": "2026-03-05T09:30:00.0000000", "timeZone": "UTC"}
    assert made["originalStartTimeZone"] == "Asia/Kolkata"
    assert made["onlineMeeting"]["joinUrl"].startswith("https://teams.microsoft.com/l/meetup-join")
    (invited,) = microsoft.events("ben")
    assert (invited["subject"], invited["isOrganizer"]) == ("Review", False)
    path = f"/me/events/{made['id']}"
    prefer = {"Prefer": 'outlook.timezone="Europe/London"'}
    _, seen, headers = await ask("GET", path, CALENDAR, headers=prefer)
    assert seen["start"]["dateTime"] == "2026-03-05T09:30:00.0000000"
    assert headers["Preference-Applied"] == 'outlook.timezone="Europe/London"'
    assert seen["start"]["timeZone"] == "Europe/London"
    wrong = {"Prefer": 'outlook.timezone="Mars/Base"'}
    await refused(ask("GET", path, CALENDAR, headers=wrong), 400, "TimeZoneNotSupportedException")


async def test_the_same_transaction_makes_one_event(ask, microsoft):
    _, first, _ = await book(ask, event(transactionId="run-1:2"))
    _, again, _ = await book(ask, event(transactionId="run-1:2", subject="Other"))
    _, other, _ = await book(ask, event(transactionId="run-1:3"))
    await book(ask, event(transactionId="run-1:2"), person="ben")
    assert again["id"] == first["id"] != other["id"]
    assert len(microsoft.events("asha")) == 3 - 1
    assert len([one for one in microsoft.events("ben") if one["isOrganizer"]]) == 1


async def test_an_event_is_changed_and_deleted_for_everybody(ask, microsoft):
    _, made, _ = await book(ask, event())
    path = f"/me/events/{made['id']}"
    status, changed, _ = await ask("PATCH", path, CALENDAR, json={"subject": "Later"})
    assert (status, changed["subject"]) == (200, "Later")
    assert [one["subject"] for one in microsoft.events("ben")] == ["Later"]
    status, text, _ = await ask("DELETE", path, CALENDAR)
    assert (status, text) == (204, "")
    assert microsoft.events("asha") == microsoft.events("ben") == []
    await refused(ask("GET", path, CALENDAR), 404, "ErrorItemNotFound")
    await refused(ask("DELETE", path, CALENDAR), 404, "ErrorItemNotFound")


async def test_nobody_reads_another_persons_event(ask):
    _, made, _ = await book(ask, event(attendees=[]))
    call = ask("GET", f"/me/events/{made['id']}", CALENDAR, person="ben")
    await refused(call, 404, "ErrorItemNotFound")


async def test_the_basic_permission_shows_no_content_of_events(ask):
    _, made, _ = await book(ask, event())
    _, seen, _ = await ask("GET", f"/me/events/{made['id']}", "Calendars.ReadBasic")
    assert seen["subject"] == "Review"
    assert not {"body", "attendees"} & set(seen)


async def test_events_are_listed_by_start(ask):
    late = {"dateTime": "2026-03-06T10:00:00", "timeZone": "UTC"}
    await book(ask, event(subject="B", start=late, end=late))
    await book(ask, event(subject="A"))
    _, listed, _ = await ask("GET", "/me/events?$select=subject&$top=1", CALENDAR)
    assert [one["subject"] for one in listed["value"]] == ["A"]
    _, rest, _ = await ask("GET", listed["@odata.nextLink"], CALENDAR)
    assert [one["subject"] for one in rest["value"]] == ["B"]
    assert "@odata.nextLink" not in rest


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"start": None}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "2026-03-05T15:00:00Z", "timeZone": "UTC"}},
         "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "2026-03-05T15:00:00+05:30"}}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "2026-02-30T15:00:00"}}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "tomorrow"}}, "ErrorPropertyValidationFailure"),
        ({"start": {"dateTime": "2026-03-05T15:00:00", "timeZone": "Mars/Base"}},
         "TimeZoneNotSupportedException"),
        ({"start": {"dateTime": "2026-03-05T15:00:00", "timeZone": "../../etc/passwd"}},
         "TimeZoneNotSupportedException"),
        ({"end": {"dateTime": "2026-03-05T08:00:00", "timeZone": "UTC"}},
         "ErrorPropertyValidationFailure"),
        ({"start": "2026-03-05T15:00:00"}, "RequestBodyRead"),
        ({"attendees": [{**to("ben.ortiz@contoso.example")[0], "type": "boss"}]},
         "RequestBodyRead"),
        ({"attendees": to("ben")}, "ErrorInvalidRecipients"),
        ({"isOnlineMeeting": "yes"}, "RequestBodyRead"),
        ({"onlineMeetingProvider": "zoom"}, "RequestBodyRead"),
        ({"reminderMinutesBeforeStart": True}, "RequestBodyRead"),
        ({"transactionID": "x"}, "RequestBodyRead"),
        ({"subject": "a\nb"}, "ErrorPropertyValidationFailure"),
    ],
)  # fmt: skip
async def test_an_event_that_cannot_be_is_refused(ask, microsoft, changes, code):
    await refused(book(ask, event(**changes)), 400, code)
    assert microsoft.events("asha") == []
