"""Tokens that act for people: theirs alone, renewed quietly, never lost, nobody else's."""

import asyncio
import threading

import pytest

from storage.errors import RefusedError, RemoteError, SignInNeededError
from tests.fakes.entra import refusal

MAIL = ("Mail.Send",)
WHO = ("User.Read",)


async def test_teams_token_becomes_one_for_graph_without_asking_anybody(
    tokens, entra, ana, ana_account
):
    await tokens.exchange(ana, entra.sso_token(ana_account))
    given = await tokens.for_user(ana).token(WHO)
    assert given.startswith(f"CANARY-access-{ana_account.oid}")
    assert await tokens.granted(ana) == {"User.Read"}
    assert entra.count("jwt-bearer") == 1
    assert entra.asked[0]["requested_token_use"] == "on_behalf_of"
    assert entra.count("refresh") == 0


async def test_who_never_signed_in_is_asked_in_words(tokens, ana, entra):
    with pytest.raises(SignInNeededError, match="Sign in so that I can send mail as you") as asked:
        await tokens.for_user(ana).token(MAIL)
    assert asked.value.scopes == MAIL
    assert entra.asked == []
    assert await tokens.granted(ana) == frozenset()


async def test_a_permission_not_given_is_asked_for_and_once_given_needs_no_new_sign_in(
    tokens, entra, ana, ana_account
):
    await tokens.exchange(ana, entra.sso_token(ana_account))
    with pytest.raises(SignInNeededError, match="I need your permission to send mail as you"):
        await tokens.for_user(ana).token(MAIL)
    ana_account.consented.add("Mail.Send")
    assert await tokens.for_user(ana).token(MAIL)
    assert "Mail.Send" in await tokens.granted(ana)


async def test_right_after_consent_the_same_exchange_is_not_refused_from_memory(
    tokens, entra, ana, ana_account
):
    """MSAL keeps a refusal for a minute, and would give it again without asking."""
    sso = entra.sso_token(ana_account)
    with pytest.raises(SignInNeededError):
        await tokens.exchange(ana, sso, MAIL)
    ana_account.consented.add("Mail.Send")
    await tokens.exchange(ana, sso, MAIL)
    assert entra.count("jwt-bearer") == 2


async def test_the_authority_is_looked_up_once_not_before_every_call(
    tokens, entra, ana, ana_account
):
    for _ in range(3):
        await tokens.exchange(ana, entra.sso_token(ana_account))
        await tokens.for_user(ana).token(WHO)
    assert entra.discoveries == 2  # MSAL's, and our own for the keys


async def test_a_token_near_its_end_is_renewed_and_the_database_follows(
    tokens, entra, ana, ana_account, storage, clock
):
    entra.expires_in = 60  # MSAL counts what ends within five minutes as ended
    await tokens.exchange(ana, entra.sso_token(ana_account))
    first = await storage.users.tokens(ana.id)
    entra.expires_in = 3600
    given = await tokens.for_user(ana).token(WHO)
    assert given != first.access_token
    kept = await storage.users.tokens(ana.id)
    assert kept.access_token == given
    assert kept.refresh_token.startswith("CANARY-refresh") != first.refresh_token
    assert (kept.expires_at - clock.now()).total_seconds() == 3600


async def test_five_steps_at_once_renew_once(tokens, entra, ana, ana_account):
    entra.expires_in = 60
    await tokens.exchange(ana, entra.sso_token(ana_account))
    entra.expires_in = 3600
    given = await asyncio.gather(*(tokens.for_user(ana).token(WHO) for _ in range(5)))
    assert len(set(given)) == 1
    assert entra.count("refresh") == 1


@pytest.mark.parametrize("once", [False, True], ids=["old token stays good", "good for one use"])
async def test_replicas_renewing_at_once_lose_nothing(replica, entra, ana, ana_account, once):
    first = replica()
    ana_account.consented |= {"Mail.Send", "Calendars.ReadWrite"}
    entra.expires_in = 60
    await first.exchange(ana, entra.sso_token(ana_account))
    entra.expires_in, entra.once = 3600, once
    scopes = [WHO, MAIL, ("Calendars.ReadWrite",)]
    replicas = [replica(pause=asyncio.sleep) for _ in scopes]
    given = await asyncio.gather(
        *(one.for_user(ana).token(wanted) for one, wanted in zip(replicas, scopes, strict=True))
    )
    assert all(given)
    asked = len(entra.asked)
    again = await asyncio.gather(*(replica().for_user(ana).token(s) for s in scopes))
    assert set(again) <= set(given)
    assert len(entra.asked) == asked


async def test_a_session_ended_by_an_administrator_says_so(tokens, entra, ana, ana_account):
    entra.expires_in = 60
    await tokens.exchange(ana, entra.sso_token(ana_account))
    entra.revoke(ana_account.oid)
    with pytest.raises(SignInNeededError) as asked:
        await tokens.for_user(ana).token(WHO)
    assert str(asked.value) == "Session expired. Please login again."


async def test_what_conditional_access_asks_for_is_passed_on(tokens, entra, ana, ana_account):
    await tokens.exchange(ana, entra.sso_token(ana_account))
    entra.claims = '{"access_token":{"polids":{"essential":true}}}'
    with pytest.raises(SignInNeededError) as asked:
        await tokens.for_user(ana).token(WHO, claims='{"access_token":{"nbf":{"value":"1"}}}')
    assert asked.value.claims == entra.claims
    entra.claims = None
    before = entra.count("refresh")
    await tokens.for_user(ana).token(WHO)
    assert entra.count("refresh") == before + 1  # the token Graph refused is not given again


async def test_consent_taken_back_is_noticed(tokens, entra, ana, ana_account):
    ana_account.consented.add("Mail.Send")
    entra.expires_in = 60
    await tokens.exchange(ana, entra.sso_token(ana_account), MAIL)
    assert "Mail.Send" in await tokens.granted(ana)
    ana_account.consented.discard("Mail.Send")
    with pytest.raises(SignInNeededError, match="permission to send mail as you"):
        await tokens.for_user(ana).token(MAIL)
    assert "Mail.Send" not in await tokens.granted(ana)


@pytest.mark.parametrize(
    ("status", "body", "headers", "retryable", "seconds"),
    [
        (503, "<html>down</html>", {}, True, None),
        (500, {"error": "server_error"}, {"Retry-After": "7"}, True, 7.0),
        (429, refusal("temporarily_unavailable"), {"Retry-After": "1.5"}, True, 1.5),
        (200, "<html>a portal</html>", {}, True, None),
        (200, "[]", {}, True, None),
        (400, refusal("temporarily_unavailable"), {}, True, None),
        (401, refusal("invalid_client"), {}, False, None),
        (400, refusal("invalid_resource"), {}, False, None),
    ],
    ids=["503", "500", "429", "html", "list", "busy", "bad secret", "bad resource"],
)
async def test_entras_own_trouble_asks_nobody_to_sign_in(
    tokens, entra, ana, ana_account, status, body, headers, retryable, seconds
):
    entra.faults.append((status, body, headers))
    with pytest.raises(RemoteError) as failed:
        await tokens.exchange(ana, entra.sso_token(ana_account))
    assert failed.value.retryable is retryable
    assert failed.value.retry_after_seconds == seconds
    assert "AADSTS" not in str(failed.value)
    assert await tokens.granted(ana) == frozenset()
    await tokens.exchange(ana, entra.sso_token(ana_account))  # one fault blocks nothing after it


async def test_a_network_that_is_gone_is_an_outage(replica, entra, ana, ana_account):
    http = entra.http()
    http.gone = True
    with pytest.raises(RemoteError) as failed:
        await replica(http).exchange(ana, entra.sso_token(ana_account))
    assert failed.value.retryable


async def test_nothing_of_entra_runs_on_the_loop(replica, entra, ana, ana_account):
    seen = set()
    http = entra.http()
    post = http.post
    http.post = lambda url, **more: (seen.add(threading.current_thread()), post(url, **more))[1]
    await replica(http).exchange(ana, entra.sso_token(ana_account))
    assert seen
    assert threading.main_thread() not in seen


async def test_signing_out_forgets_every_token(tokens, entra, ana, ana_account, storage, raw):
    await tokens.exchange(ana, entra.sso_token(ana_account))
    await tokens.sign_out(ana)
    assert await storage.users.tokens(ana.id) is None
    held = raw.users.find_one()
    assert not {"tokenCache", "accessToken", "refreshToken", "tokenExpiresAt"} & set(held)
    with pytest.raises(SignInNeededError):
        await tokens.for_user(ana).token(WHO)


async def test_a_renewal_that_began_before_the_sign_out_does_not_undo_it(
    replica, entra, ana, ana_account
):
    entra.expires_in = 60
    await replica().exchange(ana, entra.sso_token(ana_account))
    arrived, go_on = threading.Event(), threading.Event()
    http = entra.http()
    post = http.post

    def slowly(url, **more):
        answer = post(url, **more)
        arrived.set()
        go_on.wait(10)
        return answer

    http.post = slowly
    slow = asyncio.create_task(replica(http).for_user(ana).token(WHO))
    await asyncio.to_thread(arrived.wait, 10)
    await replica().sign_out(ana)
    go_on.set()
    with pytest.raises(SignInNeededError):
        await slow
    assert await replica().granted(ana) == frozenset()


async def test_anothers_token_signs_nobody_in(tokens, entra, ana, ben_account, raw):
    with pytest.raises(RefusedError, match="another account"):
        await tokens.exchange(ana, entra.sso_token(ben_account))
    assert entra.asked == []
    assert "tokenCache" not in raw.users.find_one()


async def test_anothers_cache_pasted_into_a_document_opens_for_nobody(
    tokens, entra, ana, ben, ana_account, raw
):
    await tokens.exchange(ana, entra.sso_token(ana_account))
    stolen = raw.users.find_one({"microsoftId": ana.microsoft_id})
    fields = {name: stolen[name] for name in ("tokenCache", "tokenVersion", "grantedScopes")}
    raw.users.update_one({"microsoftId": ben.microsoft_id}, {"$set": fields})
    with pytest.raises(SignInNeededError):
        await tokens.for_user(ben).token(WHO)


async def test_a_cache_sealed_with_a_lost_key_means_signing_in_again(
    tokens, entra, ana, ana_account, raw
):
    await tokens.exchange(ana, entra.sso_token(ana_account))
    sealed = raw.users.find_one()["tokenCache"]
    raw.users.update_one({}, {"$set": {"tokenCache": sealed.replace("cf1.k1.", "cf1.lost.")}})
    with pytest.raises(SignInNeededError):
        await tokens.for_user(ana).token(WHO)
    await tokens.exchange(ana, entra.sso_token(ana_account))
    assert await tokens.for_user(ana).token(WHO)


async def test_whoever_reads_the_database_reads_no_token(tokens, entra, ana, ana_account, raw):
    await tokens.exchange(ana, entra.sso_token(ana_account))
    assert "CANARY" not in str(list(raw.users.find()))
