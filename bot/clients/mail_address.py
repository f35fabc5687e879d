"""Mail addresses as people type them: one each, checked, never made up."""

import re
from collections.abc import Iterable

from email_validator import EmailNotValidError, validate_email

from storage.errors import RefusedError

MOST_RECIPIENTS = 50

_BETWEEN = re.compile(r"[,;\n]")
_NAMED = re.compile(r"([^<>@]*)<([^<>]*)>")
_SHOWN = 80


def checked(address: str) -> str:
    """Give one address in its plain form: the domain in lower case, other scripts as punycode.

    Errors: RefusedError for anything that is not one plain address: no quoted part, no address in
    brackets, no letters of other scripts before the @, no control character.
    """
    try:
        found = validate_email(
            address,
            check_deliverability=False,
            allow_smtputf8=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            strict=True,
        )
    except EmailNotValidError as error:
        raise RefusedError(f'"{_shown(address)}" is not a mail address. Correct it.') from error
    return f"{found.local_part}@{found.ascii_domain}"


def read_addresses(typed: str | Iterable[str]) -> tuple[list[str], list[str]]:
    """Give the addresses, each once and in order, and the names that have none.

    Shape: split at comma, semicolon and line end; `Dana Fox <dana@x.example>` gives the address,
    `Dana Fox <>` is a name with a blank nobody has filled in.
    Errors: RefusedError naming what is not an address, or for more than 50.
    """
    texts = [typed] if isinstance(typed, str) else list(typed)
    found: dict[str, str] = {}
    blanks: list[str] = []
    for entry in (part.strip() for text in texts for part in _BETWEEN.split(text)):
        named = _NAMED.fullmatch(entry)
        bare = named[2].strip() if named else entry
        if bare:
            address = checked(bare)
            found.setdefault(address, address)
        elif named and named[1].strip():
            blanks.append(named[1].strip())
    if len(found) > MOST_RECIPIENTS:
        raise RefusedError(
            f"One message goes to {MOST_RECIPIENTS} people at most. "
            "Use a distribution list for more."
        )
    return list(found), blanks


def blank(name: str) -> str:
    """Write a name whose address is not known, as a blank to fill in."""
    return f"{' '.join(re.sub(r'[<>@,;]', ' ', name).split())} <>"


def _shown(address: str) -> str:
    text = "".join(letter if letter.isprintable() else " " for letter in address)
    text = " ".join(text.split())
    # What looks like a Latin letter and is none shows as what it is.
    plain = text.encode("ascii", "backslashreplace").decode()
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"
