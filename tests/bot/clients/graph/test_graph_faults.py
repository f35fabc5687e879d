"""A Graph that refuses, stalls, lies or falls silent: what is repeated, and what is said."""

import asyncio
import base64
import json
from datetime import datetime, timedelta

import pytest

from bot.clients.graph.refusals import may_have_happened
from bot.clients.lease import under_lease
from storage.errors import GraphError, LeaseLostError, SignInNeededError
from tests.bot.clients.graph.test_graph_calls import MAIL, event
from tests.fakes.graph import FakeTokens, graph_client

_PAGE = "<html><body>Bad gateway</body></html>"


def _mail(graph):
    return graph.send_mail(**MAIL)


def _book(graph):
    return graph.create_event(**event())


def _post(graph):
    return graph.post_to_channel("t1", "19:a@thread.tacv2", "<p>Hi</p>")


def _list(graph):
    return graph.teams()


def _save(graph):
    return graph.put_file("a.pptx", b"deck")


REPEATED = pytest.mark.parametrize("do", [_book, _list, _save])
ONCE = pytest.mark.parametrize("do", [_mail, _post])


@REPEATED
@pytest.mark.parametrize("status", [429, 503, 504])
@pytest.mark.parametrize(
    "header, waited",
    [
        ("2", 2.0),
        ("2.128", 2.128),
        ("Wed, 04 Mar 2026 09:00:07 GMT", 7.0),
        (None, 5.0),
        ("soon", 5.0),
    ],
)
async def test_what_may_be_repeated_waits_as_long_as_asked(
    fake, graph, pauses, do, status, header, waited
):
    fake.fault(status, headers={"Retry-After": header or ""} if status == 429 or header else {})
    await do(graph)
    assert pauses.seconds == [pytest.approx(waited)]
    assert len(fake.exchanges) == 2


async def test_the_wait_grows_and_comes_to_an_end(fake, graph, pauses):
    for _ in range(9):
        fake.fault(503)
    with pytest.raises(GraphError, match="trouble at the moment") as failed:
        await graph.teams()
    assert pauses.seconds == [5.0, 10.0, 20.0]
    assert failed.value.retryable


async def test_jitter_spreads_the_waits(fake, clock, pauses, tokens):
    async with graph_client(fake, clock, pauses, chance=lambda: 0.5) as client:
        fake.fault(503)
        await client.for_user("asha", tokens).teams()
    assert pauses.seconds == [pytest.approx(5.5)]


async def test_a_long_wait_is_left_to_the_run_and_told_in_minutes(fake, graph, pauses):
    fake.fault(429, headers={"Retry-After": "3600"})
    with pytest.raises(GraphError, match="Retry in 60 minutes") as failed:
        await graph.teams()
    assert pauses.seconds == []
    assert failed.value.retry_after_seconds == 3600


@ONCE
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_mail_and_a_post_are_never_asked_for_twice(fake, graph, do, status):
    fake.fault(status, headers={"Retry-After": "1"}, after=status == 504)
    with pytest.raises(GraphError) as failed:
        await do(graph)
    assert len(fake.exchanges) == 1
    assert may_have_happened(failed.value) is (status != 429)
    assert failed.value.retryable is (status == 429)


@ONCE
@pytest.mark.parametrize("reply", ["half", "none"])
async def test_silence_after_a_mail_or_a_post_leaves_it_open(fake, graph, do, reply):
    fake.fault(201, reply=reply, body={"id": "1"}, after=True)
    with pytest.raises(GraphError, match="broke off") as failed:
        await do(graph)
    assert may_have_happened(failed.value)
    assert len(fake.exchanges) == 1


@ONCE
async def test_nothing_leaves_for_a_run_whose_lease_ended_while_the_token_was_fetched(
    fake, client, tokens, clock, do
):
    until = clock.now() + timedelta(seconds=30)

    class Frozen(FakeTokens):
        async def token(self, scopes, *, claims=None):
            clock.pass_(31)  # the machine stands still; another goes on with the run meanwhile
            return await tokens.token(scopes, claims=claims)

    with under_lease(lambda: clock.now() < until), pytest.raises(LeaseLostError):
        await do(client.for_user("asha", Frozen()))
    assert fake.exchanges == []


@REPEATED
@pytest.mark.parametrize("reply", ["half", "none"])
async def test_silence_is_no_matter_where_a_second_call_does_no_harm(fake, graph, do, reply):
    fake.fault(201, reply=reply, body={"id": "1"}, after=True)
    await do(graph)
    assert len(fake.events) <= 1


@pytest.mark.parametrize("do", [_mail, _post, _book, _list, _save])
async def test_a_page_instead_of_an_answer_is_no_success(fake, graph, do):
    for _ in range(5):
        fake.fault(200, body=_PAGE)
    with pytest.raises(GraphError, match="an answer I can't read"):
        await do(graph)


async def test_where_nobody_listens_nothing_was_sent(clock, pauses, fake, unused_port):
    nowhere = f"http://127.0.0.1:{unused_port}/v1.0"
    async with graph_client(fake, clock, pauses, base_url=nowhere) as client:
        with pytest.raises(GraphError, match="can't reach Microsoft 365") as failed:
            await client.for_user("asha", FakeTokens()).send_mail(**MAIL)
    assert not may_have_happened(failed.value)
    assert failed.value.sent is False
    assert pauses.seconds == [5.0, 10.0, 20.0]


@pytest.fixture
async def unused_port():
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


_CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1741078800"}}}'


async def test_a_token_that_is_refused_is_replaced_once(fake, graph, tokens):
    packed = base64.b64encode(_CLAIMS.encode()).decode()
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{packed}"'
    fake.fault(401, headers={"WWW-Authenticate": challenge})
    await graph.send_mail(**MAIL)
    assert tokens.asked == [(("Mail.Send",), None), (("Mail.Send",), _CLAIMS)]
    used = [one["headers"]["Authorization"] for one in fake.exchanges]
    assert used == ["Bearer token-1", "Bearer token-2"]
    assert len(fake.mails) == 1


async def test_refused_twice_means_signing_in_again(fake, graph):
    fake.fault(401)
    fake.fault(401)
    with pytest.raises(SignInNeededError, match=r"Session expired\. Please login again\.") as asked:
        await graph.send_mail(**MAIL)
    assert asked.value.scopes == ("Mail.Send",)
    assert fake.mails == []


@pytest.mark.parametrize("challenge", ['claims="!!!"', 'claims="bm90IGpzb24="', "Bearer", ""])
async def test_a_challenge_nobody_can_read_asks_for_nothing(fake, graph, tokens, challenge):
    fake.fault(401, headers={"WWW-Authenticate": challenge})
    await graph.teams()
    assert [claims for _, claims in tokens.asked] == [None, None]


@pytest.mark.parametrize(
    "do, scope",
    [
        (_mail, "Mail.Send"),
        (_book, "Calendars.ReadWrite"),
        (_post, "ChannelMessage.Send"),
        (_list, "Team.ReadBasic.All"),
        (_save, "Files.ReadWrite"),
    ],
)
async def test_a_missing_permission_is_named(fake, graph, do, scope):
    fake.fault(403)
    with pytest.raises(GraphError, match=rf"^Permission denied \(403\): .*{scope}") as failed:
        await do(graph)
    assert (failed.value.status, failed.value.scope) == (403, scope)
    assert not failed.value.retryable


@pytest.mark.parametrize(
    "status, said",
    [
        (302, "sent me on to another address"),
        (400, "It went wrong"),
        (404, "can't find"),
        (409, "exists already"),
        (413, "too large"),
        (423, "open or locked"),
        (507, "no space left"),
    ],
)
async def test_every_refusal_is_a_sentence_and_a_way_on(fake, graph, status, said):
    fake.fault(status, headers={"Location": "https://evil.example/"} if status == 302 else {})
    with pytest.raises(GraphError, match=said) as failed:
        await graph.put_file("a.pptx", b"deck")
    assert str(failed.value).endswith(".")
    assert len(fake.exchanges) == 1


async def test_a_finer_code_is_kept_and_a_long_message_is_cut(fake, graph):
    told = {"code": "Forbidden", "message": "x\n" * 900, "innerError": {"code": "Finer"}}
    fake.fault(400, body={"error": told})
    with pytest.raises(GraphError) as failed:
        await graph.me()
    assert failed.value.code == "Finer"
    assert len(str(failed.value)) < 400
    assert "\n" not in str(failed.value)


async def test_four_requests_of_one_mailbox_at_once_and_no_fifth(fake, client):
    fake.gate = asyncio.Event()
    ana, also_ana = (client.for_user("ana", FakeTokens()) for _ in range(2))
    asked = [asyncio.create_task(one.me()) for one in [ana, also_ana] * 10]
    while fake.now < 4:
        await asyncio.sleep(0.01)
    other = asyncio.create_task(client.for_user("ben", FakeTokens()).me())
    while fake.now < 5:
        await asyncio.sleep(0.01)
    fake.gate.set()
    await asyncio.gather(*asked, other)
    assert fake.most == 5


async def test_every_request_can_be_traced_and_no_token_is_logged(fake, graph, capsys):
    fake.fault(400, headers={"request-id": "r-1"})
    with pytest.raises(GraphError):
        await graph.me()
    told = capsys.readouterr()
    assert "r-1" in told.out + told.err
    assert "token-1" not in told.out + told.err
    assert len(fake.exchanges[0]["headers"]["client-request-id"]) == 36


async def test_the_books_are_told_a_date_not_a_shifted_one(fake, graph):
    start, end = (datetime.fromisoformat(f"2026-03-29T0{hour}:30") for hour in (1, 2))
    await graph.create_event(**event(start=start, end=end, zone="Europe/London"))
    sent = json.dumps(fake.exchanges[0]["body"])
    assert "2026-03-29T01:30:00" in sent
    assert "+0" not in sent


async def test_what_is_missing_from_an_answer_is_told(fake, graph):
    for _ in range(2):
        fake.fault(200, body={"id": ""})
    with pytest.raises(GraphError, match="can't find the channel's files"):
        await graph.put_channel_file("t1", "19:a@thread.tacv2", "a.pptx", b"deck")
    with pytest.raises(GraphError, match="did not say where the file is"):
        await graph.put_file("a.pptx", b"deck")


async def test_an_answer_without_end_is_cut_off(fake, graph):
    fake.fault(200, body={"value": ["x" * (4 * 1024 * 1024)]})
    with pytest.raises(GraphError, match="more than I can take"):
        await graph.me()


async def test_trouble_on_the_way_to_the_sent_items_is_no_answer(fake, graph):
    fake.fault(404)
    with pytest.raises(GraphError, match="can't find your mailbox"):
        await graph.sent_with_marker("run1:send_email")


async def test_an_upload_that_is_out_of_step_begins_again_once(fake, graph):
    fake.upload_faults = [504, 416]
    await graph.put_file("a.pptx", b"x" * (4 * 1024 * 1024 + 1))
    assert len(fake.calls("POST", "/createUploadSession")) == 2
    assert [place for place, _ in fake.chunks] == ["bytes 0-3276799/4194305"] * 3 + [
        "bytes 3276800-4194304/4194305"
    ]
    fake.upload_faults = [404, 404]
    with pytest.raises(GraphError, match="can't find the upload"):
        await graph.put_file("a.pptx", b"x" * (4 * 1024 * 1024 + 1))


async def test_what_must_not_replace_anything_is_not_begun_again(fake, graph):
    fake.upload_faults = [416]
    with pytest.raises(GraphError):
        await graph.put_file("a.pptx", b"deck", "rename")
    assert len(fake.chunks) == 1
