"""A local run also takes other programs of this machine, and no page in a browser."""

import pytest

from tests.fakes.activities import message

NO_TOKEN = {"Authorization": None}
PLAYGROUND = {"id": "personal-chat-id", "conversationType": "personal", "tenantId": "0" * 31 + "1"}


@pytest.fixture
def body(connector):
    return message(connector.service_url, "help", conversation=PLAYGROUND, channelData=None)


async def test_a_program_on_this_machine_needs_no_token_in_a_local_run(edge_with, body):
    async with edge_with(unsigned_loopback=True) as edge:
        assert (await edge.post(body, headers=NO_TOKEN))[0] == 200
        assert edge.turns[0].text == "help"


async def test_otherwise_it_does(edge, body):
    assert (await edge.post(body, headers=NO_TOKEN))[0] == 401
    assert not edge.turns


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:3978"},
        {"Authorization": "Bearer forged"},
        {"Authorization": ""},
    ],
)
async def test_a_page_in_a_browser_is_not_a_program_of_this_machine(edge_with, body, headers):
    async with edge_with(unsigned_loopback=True) as edge:
        assert (await edge.post(body, headers={**NO_TOKEN, **headers}))[0] == 401
        assert not edge.turns


@pytest.mark.parametrize("address", ["https://smba.trafficmanager.net/emea/", "http://10.0.0.1/"])
async def test_an_answer_to_elsewhere_needs_a_token(edge_with, body, address):
    async with edge_with(unsigned_loopback=True) as edge:
        assert (await edge.post({**body, "serviceUrl": address}, headers=NO_TOKEN))[0] == 401


async def test_a_signed_request_is_checked_as_ever(edge_with, connector, body):
    async with edge_with(unsigned_loopback=True) as edge:
        assert (await edge.post(body))[0] == 403  # signed, but of another tenant
        assert (await edge.post(message(connector.service_url, "help")))[0] == 200
