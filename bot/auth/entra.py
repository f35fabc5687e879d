"""Entra's answers for one person at a time, by MSAL. Everything here blocks: call it in a thread.

A call takes a cache as text and gives the cache as it is afterwards; nothing is kept in between.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from msal import ConfidentialClientApplication, SerializableTokenCache
from msal.exceptions import MsalError

from bot.auth.accounts import Account
from bot.auth.entra_http import Discovery, HttpClient, Watched
from storage.errors import RefusedError, RemoteError

AUTHORITY = "https://login.microsoftonline.com"
_AWAY = "I can't reach Microsoft's sign-in right now. Try again in a moment."
# What MSAL raises when nothing came back, or something that is no answer of Entra's.
_NO_ANSWER = (
    MsalError, OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError
)  # fmt: skip

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Entra said, and the cache after it; `text` is None where the cache did not change."""

    said: Json
    text: str | None
    status: int
    retry_after: str | None

    @property
    def token(self) -> str | None:
        """Give the access token; None for a refusal."""
        token = self.said.get("access_token")
        return token if isinstance(token, str) and token else None


NOT_SIGNED_IN: Json = {"error": "invalid_grant", "suberror": "not_signed_in"}


class Entra:
    """One app at Entra. `credential` is a secret, or a certificate as MSAL takes it."""

    def __init__(
        self,
        *,
        app_id: str,
        credential: Any,
        http: HttpClient,
        authority: str = AUTHORITY,
    ) -> None:
        self._app_id = app_id
        self._credential = credential
        self._http = http
        self._authority = authority
        self._discovery = Discovery()

    def silently(
        self, cache: str | None, account: Account, scopes: tuple[str, ...], claims: str | None
    ) -> Answer:
        """Give a token from the cache, or for its refresh token. Errors: RemoteError."""

        def ask(app: ConfidentialClientApplication) -> Json:
            known = _known(app, account)
            if known is None:
                return NOT_SIGNED_IN
            said: Json | None = app.acquire_token_silent_with_error(
                list(scopes), account=known, claims_challenge=claims
            )
            return said or NOT_SIGNED_IN

        return self._asked(cache, account, ask)

    def on_behalf_of(
        self, cache: str | None, account: Account, sso_token: str, scopes: tuple[str, ...]
    ) -> Answer:
        """Exchange a token Teams gave us for one of Graph's. Errors: RemoteError."""
        return self._asked(
            cache, account, lambda app: app.acquire_token_on_behalf_of(sso_token, list(scopes))
        )

    def begin(
        self,
        account: Account,
        scopes: tuple[str, ...],
        *,
        redirect_uri: str,
        login_hint: str | None,
        claims: str | None,
    ) -> dict[str, Any]:
        """Begin a visit to Entra with state, nonce and PKCE; `auth_uri` is where to send somebody.

        Errors: RemoteError.
        """

        def ask(app: ConfidentialClientApplication) -> Json:
            flow: Json = app.initiate_auth_code_flow(
                list(scopes),
                redirect_uri=redirect_uri,
                login_hint=login_hint,
                claims_challenge=claims,
                response_mode="form_post",  # the code then stands in no address
            )
            return flow

        return dict(self._asked(None, account, ask).said)

    def redeem(
        self, cache: str | None, account: Account, flow: Json, query: Mapping[str, str]
    ) -> Answer:
        """Redeem the code somebody came back with; state, nonce and PKCE are checked.

        Errors: RefusedError for a state or nonce that is not the flow's; RemoteError.
        """

        def ask(app: ConfidentialClientApplication) -> Json:
            try:
                said: Json = app.acquire_token_by_auth_code_flow(dict(flow), dict(query))
            except json.JSONDecodeError:
                raise
            except (ValueError, RuntimeError) as error:
                raise RefusedError(
                    "That answer does not belong to this sign-in. Start again from the chat."
                ) from error
            return said

        return self._asked(cache, account, ask)

    def _asked(
        self,
        cache: str | None,
        account: Account,
        ask: Callable[[ConfidentialClientApplication], Json],
    ) -> Answer:
        """Ask with a cache; what is no answer of Entra's counts as an outage."""
        held = SerializableTokenCache()
        watched = Watched(self._http, self._discovery)
        try:
            held.deserialize(cache)
            said = ask(self._app(account, held, watched))
        except _NO_ANSWER as error:
            raise RemoteError(
                _AWAY, retryable=True, retry_after_seconds=_seconds(watched.retry_after)
            ) from error
        text = held.serialize() if held.has_state_changed else None
        return Answer(said, text, watched.status, watched.retry_after)

    def _app(
        self, account: Account, held: SerializableTokenCache, watched: Watched
    ) -> ConfidentialClientApplication:
        return ConfidentialClientApplication(
            self._app_id,
            client_credential=self._credential,
            authority=f"{self._authority}/{account.tid}",
            instance_discovery=False,  # the authority is a constant of ours
            token_cache=held,
            http_client=watched,
            # MSAL keeps a refusal for a minute: one asked again right after consent would be
            # refused from memory, and one person's outage be everybody's.
            http_cache={},
        )


def _known(app: ConfidentialClientApplication, account: Account) -> Any:
    """Find this very account in the cache, never another."""
    return next(
        (
            known
            for known in app.get_accounts()
            if str(known.get("local_account_id")).lower() == account.oid
            and str(known.get("realm")).lower() == account.tid
        ),
        None,
    )


def _seconds(header: str | None) -> float | None:
    try:
        return None if header is None else min(max(float(header), 0.0), 3600.0)
    except ValueError:
        return None
