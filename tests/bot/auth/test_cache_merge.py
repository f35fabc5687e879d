"""Two caches changed at once become one with everything either got; and each is one person's."""

import asyncio
import json

import pytest

from bot.auth.accounts import Account
from bot.auth.cache_merge import merged, refresh_token_in, without_access_tokens
from bot.auth.entra import Entra
from tests.fakes.entra import SECRET
from tests.fakes.keys import APP_ID, TENANT


def cache(**refresh):
    """Write a cache; each refresh token with the second it was made in."""
    entries = {
        key: {"secret": f"{key}-{made}", "last_modification_time": str(made)}
        for key, made in refresh.items()
    }
    return json.dumps({"RefreshToken": entries, "Account": {"a": {"username": "x"}}})


def access(**tokens):
    entries = {
        key: {"secret": f"{key}-{made}", "cached_at": str(made)} for key, made in tokens.items()
    }
    return json.dumps({"AccessToken": entries})


def test_what_only_one_side_has_is_kept():
    both = json.loads(merged(access(mail=1), access(calendar=1)))
    assert set(both["AccessToken"]) == {"mail", "calendar"}
    both = json.loads(merged(cache(r=1), access(mail=1)))
    assert set(both) == {"RefreshToken", "Account", "AccessToken"}


@pytest.mark.parametrize(("theirs", "ours", "kept"), [(1, 2, 2), (2, 1, 2), (2, 2, 2)])
def test_of_two_the_later_one_is_kept(theirs, ours, kept):
    for make in (cache, access):
        (section, *_) = json.loads(merged(make(r=theirs), make(r=ours))).values()
        assert section["r"]["secret"] == f"r-{kept}"


def test_the_refresh_token_is_the_newest():
    assert refresh_token_in(cache(old=1, new=9, mid=5)) == "new-9"
    assert refresh_token_in(access(mail=1)) is None


def test_without_access_tokens_the_rest_stays():
    both = merged(cache(r=1), access(mail=1))
    assert json.loads(without_access_tokens(both)) == json.loads(cache(r=1))


async def test_another_account_in_the_cache_serves_nobody_else(
    entra, ana_account, ben_account, threads
):
    """Should a cache ever hold somebody else's tokens, they are not given for this person."""
    msal = Entra(app_id=APP_ID, credential=SECRET, http=entra.http())
    bens = Account(ben_account.oid, TENANT)
    scopes = ("User.Read",)

    def steal():
        held = msal.on_behalf_of(None, bens, entra.sso_token(ben_account), scopes).text
        mine = msal.silently(held, Account(ana_account.oid, TENANT), scopes, None)
        elsewhere = msal.silently(held, Account(ben_account.oid, "other"), scopes, None)
        return msal.silently(held, bens, scopes, None), mine, elsewhere

    own, *others = await asyncio.get_running_loop().run_in_executor(threads, steal)
    assert own.token
    assert [other.token for other in others] == [None, None]
