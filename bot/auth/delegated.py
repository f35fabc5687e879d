"""Tokens of one person, as whoever calls a service for them takes it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from storage.models import User

Give = Callable[[User, tuple[str, ...], str | None], Awaitable[str]]


class Delegated(Protocol):
    """Tokens of one signed-in person."""

    async def token(self, scopes: tuple[str, ...], *, claims: str | None = None) -> str:
        """Give a token for Graph with these permissions.

        Errors: SignInNeededError; RemoteError when Entra is away.
        """
        ...


class OfOne:
    """One person's tokens, from a source of everybody's."""

    def __init__(self, give: Give, user: User) -> None:
        self._give = give
        self._user = user

    async def token(self, scopes: tuple[str, ...], *, claims: str | None = None) -> str:
        """Give a token. Errors: SignInNeededError; RemoteError when Entra is away."""
        return await self._give(self._user, scopes, claims)
