"""What the local Entra remembers: consents, codes, refresh tokens, and who was signed out."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.local.entra.directory import Account
from bot.local.entra.replies import EntraRefusal

CODE_LIFE = timedelta(minutes=10)
OLD_REFRESH_LIFE = timedelta(hours=1)  # a rotated token still counts that long
REFRESH_IDLE = timedelta(days=90)


@dataclass(slots=True)
class Code:
    """An authorization code and what it was given for."""

    account: Account
    redirect_uri: str
    challenge: str
    scopes: tuple[str, ...]  # as they were asked for
    nonce: str | None
    expires_at: datetime
    used: bool = False


@dataclass(slots=True)
class Refresh:
    """A refresh token."""

    account: Account
    used_at: datetime
    session: int
    rotated_at: datetime | None = None


@dataclass(slots=True)
class Ledger:
    """All in memory; `session` counts a person's sign-outs, so that older tokens can be told."""

    clock: Clock
    consents: dict[str, set[str]] = field(default_factory=dict)  # by object id, Graph's names
    codes: dict[str, Code] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    issued: dict[str, set[str]] = field(default_factory=dict)  # access tokens by object id
    dead: set[str] = field(default_factory=set)
    second_step: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)

    def consented(self, account: Account) -> set[str]:
        """Give the permissions somebody has agreed to."""
        return self.consents.setdefault(account.object_id, set())

    def new_code(self, code: Code) -> str:
        """Keep what a code stands for and give the code."""
        name = "1.A" + secrets.token_urlsafe(64)
        self.codes[name] = code
        return name

    def redeem(self, name: str, redirect_uri: str) -> Code:
        """Give what a code stands for, once.

        Errors: EntraRefusal 54005 the second time, 70008 too late, 70000 for one never given.
        """
        code = self.codes.get(name)
        if code is None or code.redirect_uri != redirect_uri:
            raise EntraRefusal(70000)
        if code.used:
            raise EntraRefusal(54005)
        if self.clock.now() >= code.expires_at:
            raise EntraRefusal(70008)
        code.used = True
        return code

    def new_refresh(self, account: Account) -> str:
        """Give a refresh token of the person's present session."""
        name = "1.R" + secrets.token_urlsafe(96)
        session = self.sessions.get(account.object_id, 0)
        self.refreshes[name] = Refresh(account, self.clock.now(), session)
        return name

    def use(self, name: str) -> Account:
        """Give whose refresh token this is, and count it as used.

        Errors: EntraRefusal 70000 unknown, 50173 revoked or rotated long ago, 700082 idle.
        """
        found = self.refreshes.get(name)
        if found is None:
            raise EntraRefusal(70000)
        now = self.clock.now()
        stale = found.rotated_at is not None and now - found.rotated_at > OLD_REFRESH_LIFE
        if found.session != self.sessions.get(found.account.object_id, 0) or stale:
            raise EntraRefusal(50173, suberror="bad_token")
        if now - found.used_at > REFRESH_IDLE:
            raise EntraRefusal(700082)
        found.used_at = now
        found.rotated_at = found.rotated_at or now
        return found.account

    def revoke(self, account: Account, *, at_once: bool) -> None:
        """End somebody's sessions; `at_once` ends access tokens already given, too."""
        self.sessions[account.object_id] = self.sessions.get(account.object_id, 0) + 1
        for code in self.codes.values():
            code.used = code.used or code.account == account
        given = self.issued.pop(account.object_id, set())
        if at_once:
            self.dead |= given
