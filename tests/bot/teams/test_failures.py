"""Whatever breaks, whoever asked gets a sentence, and Teams never a 500."""

import time

import pytest

from bot.auth.vault import Vault
from storage.database import open_storage
from storage.errors import RefusedError, RemoteError, UnavailableError
from tests.fakes.activities import activity, execute, message, submit

HOME = {"cf": 1, "verb": "home"}


@pytest.fixture
def url(connector):
    return connector.service_url


def failing(error):
    async def answer(_turn):
        raise error

    return answer


FORESEEN = [
    RefusedError("That name is taken. Choose another."),
    UnavailableError(),
    RemoteError("Graph is busy. Try again.", retryable=True),
]


@pytest.mark.parametrize("error", FORESEEN, ids=lambda error: type(error).__name__)
async def test_what_we_foresaw_is_said_in_its_own_words(edge, url, error):
    edge.answer = failing(error)
    assert await edge.post(message(url, "x")) == (200, None)
    await edge.post(submit(url, HOME))
    assert [call.text for call in edge.connector.said] == [str(error)] * 2
    status, answer = await edge.post(execute(url, HOME))
    assert (status, answer["statusCode"]) == (200, 400)
    assert answer["type"] == "application/vnd.microsoft.error"
    assert answer["value"] == {"code": "BadRequest", "message": str(error)}


async def test_a_bug_gets_a_number_that_the_log_has_too(edge, url, capsys):
    edge.answer = failing(KeyError("secret detail"))
    assert await edge.post(message(url, "x")) == (200, None)
    said = edge.connector.said[0].text
    number = said.removesuffix(".").split()[-1]
    assert len(number) == 8
    assert "secret detail" not in said
    log = "".join(capsys.readouterr())
    assert number in log
    assert "secret detail" in log
    status, answer = await edge.post(execute(url, HOME))
    assert (status, answer["statusCode"]) == (200, 500)
    assert "secret detail" not in answer["value"]["message"]


@pytest.mark.parametrize("kind", ["installationUpdate", "conversationUpdate"])
async def test_a_bug_where_nobody_asked_is_only_logged(edge, url, kind):
    async def welcome(_place):
        raise KeyError("a bug")

    edge.welcome = welcome
    bot = [{"id": "28:8d88f59b-ae61-4300-bec0-caace7d28446"}]
    assert await edge.post(activity(url, kind, action="add", membersAdded=bot)) == (200, None)
    assert not edge.connector.said


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_a_bot_that_may_not_answer_is_still_200(edge, url, status):
    edge.answer = failing(RefusedError("No."))
    edge.connector.fail(status)
    assert await edge.post(message(url, "x")) == (200, None)


async def test_a_reply_teams_refuses_is_said_to_be_refused(edge, url):
    async def answer(_turn):
        return ["too much"]

    edge.answer = answer
    edge.connector.fail(413)
    assert await edge.post(message(url, "x")) == (200, None)
    assert "too much for one Teams message" in edge.connector.said[-1].text


async def test_without_a_database_people_are_told_to_try_again_within_seconds(
    edge_with, connector, url, storage
):
    away = await open_storage(
        "mongodb://127.0.0.1:1/x", sealer=Vault({"k1": b"1" * 32}, "k1"), timeout_seconds=0.3
    )
    async with edge_with() as edge:
        edge.storage = away
        await edge.edge.close()
        await edge.http.close()
        await edge._runner.cleanup()
        await edge.__aenter__()
        begun = time.perf_counter()
        assert await edge.post(message(url, "help")) == (200, None)
        assert time.perf_counter() - begun < 5
        assert "Try again in a moment" in connector.said[0].text
        _, answer = await edge.post(execute(url, HOME))
        assert "Try again in a moment" in answer["value"]["message"]
        assert not edge.turns
    away.close()
