"""People, as Graph shows them: /me, /users and one of them."""

import re
from dataclasses import dataclass
from typing import Any

from bot.local.entra.directory import Account, Directory
from bot.local.graph.call import Answer, Call, GraphRefusal, Route, bad, denied, missing
from bot.local.graph.filtering import Test, matcher
from bot.local.graph.listing import Kind, many, one

_SHOWN = (
    "id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "jobTitle",
    "businessPhones", "mobilePhone", "officeLocation", "preferredLanguage",
)  # fmt: skip
_BY_CHOICE = ("userType", "accountEnabled", "mailboxSettings", "proxyAddresses")
_USER = Kind("user", frozenset((*_SHOWN, *_BY_CHOICE)))
_FILTERED = frozenset({"id", "mail", "userPrincipalName", "displayName", "givenName", "surname"})
_SEARCHED = frozenset({"displayName", "mail", "userPrincipalName", "givenName", "surname"})
_CLAUSE = re.compile(r'"([A-Za-z]+):([^"]*)"')
_READ = frozenset({"User.Read", "User.ReadBasic.All"})


@dataclass(frozen=True, slots=True)
class DirectoryCalls:
    """Answers for people of the caller's own tenant, and no other."""

    directory: Directory
    base: str

    def routes(self) -> list[Route]:
        """Give the operations."""
        everyone = frozenset({"User.ReadBasic.All"})
        own = _READ | {"MailboxSettings.Read"}
        listed = frozenset({"$select", "$filter", "$search", "$top", "$count", "$orderby"})
        return [
            Route("GET", "/me", self.me, "directory", own, frozenset({"$select"})),
            Route("GET", "/users", self.users, "directory", everyone, listed),
            Route("GET", "/users/{id}", self.user, "directory", _READ, frozenset({"$select"})),
        ]

    def me(self, call: Call) -> Answer:
        """Give the caller; mailboxSettings only when asked for, and allowed to be."""
        chosen = set(call.query.get("$select", "").split(","))
        if "mailboxSettings" in chosen:
            if "MailboxSettings.Read" not in call.scopes:
                raise denied("outlook")
            need_mailbox(call.who)
        if chosen - {"mailboxSettings", "id"} and not call.scopes & _READ:
            raise denied("directory")
        return one(call, _USER, _shown(call.who, call), self.base)

    def user(self, call: Call) -> Answer:
        """Give one person by id or principal name; 404 for anybody elsewhere."""
        found = self.directory.by_name(call.who.tenant_id, call.names["id"])
        if found is None:
            raise missing("directory", f"Resource '{call.names['id']}' does not exist.")
        if found != call.who and "User.ReadBasic.All" not in call.scopes:
            raise denied("directory")
        return one(call, _USER, _shown(found, call), self.base)

    def users(self, call: Call) -> Answer:
        """List people: by $filter, or by $search, which asks for eventual consistency."""
        eventual = call.headers.get("consistencylevel", "").lower() == "eventual"
        query = call.query
        if ("$search" in query or query.get("$count")) and not eventual:
            raise bad(
                "Request with $search query parameter only works through MSGraph with a special "
                "request header: 'ConsistencyLevel: eventual'",
                "Request_UnsupportedQuery",
            )
        if query.get("$orderby", "displayName") not in ("displayName", "displayName asc"):
            raise bad("Sorting by this property is not supported.", "Request_UnsupportedQuery")
        people = [_shown(one, call) for one in self.directory.of(call.who.tenant_id)]
        for test in self._tests(call, eventual=eventual):
            people = [person for person in people if test(person)]
        return many(call, _USER, people, self.base)

    def _tests(self, call: Call, *, eventual: bool) -> list[Test]:
        tests = []
        if "$filter" in call.query:
            text = call.query["$filter"]
            if re.search(r"\b(endswith|ne)\b", text) and not eventual:
                raise bad("Operator not supported.", "Request_UnsupportedQuery")
            tests.append(matcher(text, _FILTERED, fold=True))
        if "$search" in call.query:
            tests.append(_search(call.query["$search"]))
        return tests


def need_mailbox(account: Account) -> None:
    """Go on when somebody has a mailbox here. Errors: GraphRefusal 404 for a guest."""
    if account.guest:
        raise GraphRefusal(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )


def _shown(account: Account, call: Call) -> dict[str, Any]:
    person = account.person
    given, _, surname = person.name.partition(" ")
    shown: dict[str, Any] = {
        "id": account.object_id,
        "displayName": person.name,
        "givenName": given,
        "surname": surname,
        "mail": person.email,
        "userPrincipalName": person.principal,
        "jobTitle": person.title,
        "businessPhones": [],
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": "en-US",
    }
    chosen = call.query.get("$select", "").split(",")
    more = {
        "userType": "Guest" if account.guest else "Member",
        "accountEnabled": True,
        "mailboxSettings": {"timeZone": person.time_zone},
        "proxyAddresses": [f"SMTP:{person.email}"],
    }
    return shown | {name: value for name, value in more.items() if name in chosen}


def _search(text: str) -> Test:
    """Read `"displayName:ash" OR "mail:ash"`: every word begins a word of the value."""
    parts = re.split(r"\s+(OR|AND)\s+", text.strip())
    clauses = [_CLAUSE.fullmatch(part) for part in parts[::2]]
    wrong = any(clause is None or clause[1] not in _SEARCHED for clause in clauses)
    if wrong or len(set(parts[1::2])) > 1:
        raise bad("Syntax error in the $search clause.", "Request_BadRequest")
    pairs = [(clause[1], clause[2].casefold().split()) for clause in clauses if clause]
    combine = all if "AND" in parts[1::2] else any

    def fits(item: Any) -> bool:
        return combine(_begins(str(item.get(name) or ""), words) for name, words in pairs)

    return fits


def _begins(value: str, words: list[str]) -> bool:
    tokens = [*re.split(r"[\s.@_#-]+", value.casefold()), value.casefold()]
    return bool(words) and all(any(t.startswith(word) for t in tokens) for word in words)
