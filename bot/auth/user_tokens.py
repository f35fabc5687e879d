"""Tokens that act for one person: kept sealed, renewed in a thread, given to nobody else."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Executor
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from bot.auth.accounts import Account, Prover, UnprovenError, account_of
from bot.auth.cache_merge import merged, refresh_token_in, without_access_tokens
from bot.auth.consent import WHO, asking_for, named
from bot.auth.delegated import Delegated, OfOne
from bot.auth.entra import Answer, Entra
from bot.auth.refusals import lacks_consent, refusal
from bot.clock import Clock
from storage.errors import RefusedError, SealError, SignInNeededError, StaleError, UnavailableError
from storage.models import Tokens, User
from storage.token_caches import TokenCache, TokenCaches

THREADS = 8  # that may wait for Entra at the same time
_TRIES = 5
_LOOKS = 3
_A_MOMENT_SECONDS = 0.2
_SOMEBODY_ELSE = "You signed in with another account than the one you use in Teams."

Result = TypeVar("Result")


class UserTokens:
    """Everybody's tokens. What several replicas do at once is merged, never overwritten."""

    def __init__(
        self,
        *,
        entra: Entra,
        caches: TokenCaches,
        prover: Prover,
        clock: Clock,
        threads: Executor,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._entra = entra
        self._caches = caches
        self._prover = prover
        self._clock = clock
        self._threads = threads
        self._pause = pause
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def for_user(self, user: User) -> Delegated:
        """Give this person's tokens; nothing is fetched yet."""
        return OfOne(self.token, user)

    async def token(self, user: User, scopes: tuple[str, ...], claims: str | None) -> str:
        """Give a token of a person's: from the cache, or renewed.

        Errors: SignInNeededError; RemoteError when Entra is away.
        """
        lock = self._locks.setdefault(user.id, asyncio.Lock())
        async with lock:  # five steps at once renew once
            return await self._silently(user, scopes, claims)

    async def exchange(self, user: User, sso_token: str, scopes: tuple[str, ...] = (WHO,)) -> None:
        """Sign somebody in with the token their Teams gave us.

        Errors: RefusedError when the token is not theirs, or not for us: then nothing is kept.
        SignInNeededError when they have to consent or to prove more; RemoteError.
        """
        account = account_of(user)
        await self._must_be(account, sso_token, exchangeable=True)
        cache = await self._opened(user)
        answer = await self._in_thread(
            lambda: self._entra.on_behalf_of(cache.text, account, sso_token, scopes)
        )
        if answer.token is None:
            raise refusal(answer, scopes)
        await self._keep(user, answer, cache, scopes, signing_in=True)

    async def begin(
        self, user: User, scopes: tuple[str, ...], *, redirect_uri: str, claims: str | None
    ) -> dict[str, Any]:
        """Begin a visit of a person's to Entra; `auth_uri` of it is where to send them.

        Errors: RemoteError.
        """
        hint = user.email if "@" in user.email and not user.email.endswith(".invalid") else None
        return await self._in_thread(
            lambda: self._entra.begin(
                account_of(user), scopes, redirect_uri=redirect_uri, login_hint=hint, claims=claims
            )
        )

    async def redeem(self, user: User, flow: Mapping[str, Any], query: Mapping[str, str]) -> None:
        """Sign somebody in with the code they came back with.

        Errors: RefusedError when it is not the flow's, or somebody else signed in: then nothing
        is kept. SignInNeededError, RemoteError as Entra says.
        """
        account = account_of(user)
        cache = await self._opened(user)
        answer = await self._in_thread(lambda: self._entra.redeem(cache.text, account, flow, query))
        scopes = tuple(named(" ".join(flow.get("scope") or ())))
        if answer.token is None:
            raise refusal(answer, scopes)
        await self._must_be(account, str(answer.said.get("id_token") or ""), exchangeable=False)
        await self._keep(user, answer, cache, scopes, signing_in=True)

    async def sign_out(self, user: User) -> None:
        """Forget a person's tokens; a renewal under way elsewhere cannot bring them back."""
        await self._caches.forget(user.id, now=self._clock.now())

    async def granted(self, user: User) -> frozenset[str]:
        """Give the permissions somebody who is signed in has given; empty when they are not."""
        signed_in, granted, _ = await self._caches.standing(user.id)
        return granted if signed_in else frozenset()

    async def _silently(self, user: User, scopes: tuple[str, ...], claims: str | None) -> str:
        account = account_of(user)
        for _ in range(_TRIES):
            cache = await self._opened(user)
            if cache.text is None:
                raise SignInNeededError(asking_for(scopes), scopes=scopes, claims=claims)
            answer = await self._in_thread(
                partial(self._entra.silently, cache.text, account, scopes, claims)
            )
            if answer.token is not None:
                return await self._keep(user, answer, cache, scopes)
            error = refusal(answer, scopes)
            if not isinstance(error, SignInNeededError):
                raise error
            if await self._moved(user, cache):
                continue  # another replica renewed it meanwhile: its refresh token may be good
            await self._note(user, cache, answer, scopes, claims)
            raise error
        raise UnavailableError

    async def _note(
        self,
        user: User,
        cache: TokenCache,
        answer: Answer,
        scopes: tuple[str, ...],
        claims: str | None,
    ) -> None:
        """Keep what a refusal teaches, so that the next look does not promise what is gone."""
        if claims is not None and cache.text is not None:
            # A service refused the token we hold: it must not come from the cache again.
            text = without_access_tokens(cache.text)
            await self._write(user, cache, text, cache.granted, Tokens(None, None, None))
        if lacks_consent(answer):
            await self._caches.withdraw(user.id, scopes, now=self._clock.now())

    async def _moved(self, user: User, cache: TokenCache) -> bool:
        """Say whether somebody kept another cache; one who is just about to gets a moment."""
        for _ in range(_LOOKS):
            if (await self._caches.standing(user.id))[2] != cache.version:
                return True
            await self._pause(_A_MOMENT_SECONDS)
        return False

    async def _must_be(self, account: Account, token: str, *, exchangeable: bool) -> None:
        try:
            found = await self._prover.account(token, exchangeable=exchangeable)
        except UnprovenError as error:
            raise RefusedError("That sign-in proves nothing. Start again from the chat.") from error
        if found != account:
            raise RefusedError(_SOMEBODY_ELSE)

    async def _opened(self, user: User) -> TokenCache:
        """Load a cache; one that cannot be opened any more counts as none: they sign in again."""
        try:
            return await self._caches.load(user.id)
        except SealError:
            return TokenCache(None, (await self._caches.standing(user.id))[2], frozenset())

    async def _keep(
        self,
        user: User,
        answer: Answer,
        cache: TokenCache,
        scopes: tuple[str, ...],
        *,
        signing_in: bool = False,
    ) -> str:
        """Keep what an answer changed; gives its token.

        Errors: SignInNeededError when they signed out while a renewal was under way.
        """
        token = answer.token or ""
        text = answer.text
        while text is not None:
            granted = cache.granted | (named(str(answer.said.get("scope") or "")) or set(scopes))
            tokens = self._tokens(answer, text)
            if await self._write(user, cache, text, granted, tokens):
                break
            cache = await self._opened(user)
            if cache.text is not None:
                text = merged(cache.text, text)
            elif not signing_in:
                raise SignInNeededError(asking_for(scopes), scopes=scopes)
        return token

    async def _write(
        self,
        user: User,
        cache: TokenCache,
        text: str,
        granted: Iterable[str],
        tokens: Tokens,
    ) -> bool:
        try:
            await self._caches.keep(
                user.id,
                text,
                expected=cache.version,
                granted=granted,
                tokens=tokens,
                now=self._clock.now(),
            )
        except StaleError:
            return False
        return True

    def _tokens(self, answer: Answer, text: str) -> Tokens:
        seconds = float(answer.said.get("expires_in") or 0)
        ends = self._clock.now() + timedelta(seconds=seconds)
        return Tokens(answer.token, refresh_token_in(text), ends)

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
