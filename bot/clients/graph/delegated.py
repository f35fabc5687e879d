"""Where a signed-in person's tokens come from."""

from typing import Protocol


class Delegated(Protocol):
    """The tokens of one signed-in person."""

    async def token(self, scopes: tuple[str, ...], *, claims: str | None = None) -> str:
        """Give an access token for Graph with these permissions.

        `claims` is what a conditional access policy asks for, as JSON: then a fresh token.
        Errors: SignInNeededError when this person has to sign in, or to consent, first.
        """
        ...
