"""Whose accounts the local Entra keeps: the people of Contoso, and Dana of another tenant."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.local.people import PEOPLE, TENANT_ID, Person, guid

FABRIKAM_ID = guid("tenant fabrikam.example")
DANA = Person(
    "dana", "Dana Fox", "dana.fox@fabrikam.example", "user", "America/New_York",
    "dana.fox@fabrikam.example", "Partner",
)  # fmt: skip
DOMAINS = {"contoso.example": TENANT_ID, "fabrikam.example": FABRIKAM_ID}
ANY_TENANT = frozenset({"common", "organizations"})


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account in one tenant. A guest's has no mailbox, calendar or drive."""

    person: Person
    tenant_id: str

    @property
    def key(self) -> str:
        """Give the short name tests and the page use."""
        return self.person.key

    @property
    def object_id(self) -> str:
        """Give the directory's object id."""
        return self.person.object_id

    @property
    def guest(self) -> bool:
        """Say whether the account was invited from elsewhere."""
        return self.person.role == "guest"


def tenant_name(tenant_id: str) -> str:
    """Give the name people know a tenant by."""
    domain = next(name for name, identifier in DOMAINS.items() if identifier == tenant_id)
    return domain.partition(".")[0].capitalize()


class Directory:
    """Finds accounts; one object id belongs to one tenant."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        chosen = tuple(people) or tuple(PEOPLE.values())
        found = [Account(person, TENANT_ID) for person in chosen]
        found.append(Account(DANA, FABRIKAM_ID))
        self._accounts = {account.key: account for account in found}

    def account(self, key: str) -> Account:
        """Give somebody's account. Errors: KeyError."""
        return self._accounts[key]

    def of(self, tenant_id: str) -> list[Account]:
        """List a tenant's accounts, by name."""
        found = (one for one in self._accounts.values() if one.tenant_id == tenant_id)
        return sorted(found, key=lambda one: one.person.name)

    def everybody(self) -> list[Account]:
        """List all accounts of all tenants."""
        return list(self._accounts.values())

    def by_object_id(self, object_id: str) -> Account | None:
        """Find an account by object id; None when nobody has it."""
        found = (one for one in self._accounts.values() if one.object_id == object_id)
        return next(found, None)

    def by_name(self, tenant_id: str, name: str) -> Account | None:
        """Find an account of a tenant by object id, address or principal name, in any case."""
        wanted = name.casefold()
        for one in self.of(tenant_id):
            names = (one.object_id, one.person.email.casefold(), one.person.principal.casefold())
            if wanted in names:
                return one
        return None

    def tenant(self, name: str) -> str | None:
        """Give the id of the tenant an address names; "" for any tenant, None for none."""
        if name.lower() in ANY_TENANT:
            return ""
        if name.lower() in DOMAINS.values():
            return name.lower()
        return DOMAINS.get(name.lower())
