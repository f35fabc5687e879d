"""The part of OData's $filter the local Graph reads: comparisons, three functions, any, and/or."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.local.graph.call import bad

Test = Callable[[Mapping[str, Any]], bool]
_TOKEN = re.compile(
    r"\s*('(?:[^']|'')*'|[(),:]|[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*)"
)
_BOOLEANS = {"true": True, "false": False}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
}


def matcher(text: str, allowed: frozenset[str], *, fold: bool = False) -> Test:
    """Read a filter over the allowed paths; `fold` compares without regard to case.

    Errors: GraphRefusal 400 for anything it does not read.
    """
    reader = _Reader(_tokens(text), allowed, fold=fold)
    test = reader.either()
    if reader.tokens:
        raise bad(f"Invalid filter clause: '{reader.tokens[0]}' is not expected.")
    return test


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text.rstrip()):
        token = _TOKEN.match(text, at)
        if token is None:
            raise bad(f"Invalid filter clause: syntax error at position {at}.")
        found.append(token[1])
        at = token.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str], allowed: frozenset[str], *, fold: bool) -> None:
        self.tokens = tokens
        self._allowed = allowed
        self._fold = fold
        self._scope: list[tuple[str, str]] = []  # a lambda's variable and what it runs over

    def _take(self, wanted: str | None = None) -> str:
        if not self.tokens or (wanted is not None and self.tokens[0].lower() != wanted):
            raise bad(f"Invalid filter clause: {wanted or 'more'} is expected.")
        return self.tokens.pop(0)

    def _next_is(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0].lower() == word

    def either(self) -> Test:
        tests = [self._both()]
        while self._next_is("or"):
            self._take()
            tests.append(self._both())
        return lambda item: any(test(item) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._next_is("and"):
            self._take()
            tests.append(self._one())
        return lambda item: all(test(item) for test in tests)

    def _one(self) -> Test:
        if self._next_is("("):
            self._take()
            test = self.either()
            self._take(")")
            return test
        word = self._take()
        if self._next_is("(") and word.lower() in _FUNCTIONS:
            return self._function(word.lower())
        if self._next_is("(") and word.lower().endswith("/any"):
            return self._any(word[: -len("/any")])
        path = self._path(word)
        operator = self._take().lower()
        if operator not in ("eq", "ne"):
            raise bad(f"Unsupported filter operator '{operator}'.", "Request_UnsupportedQuery")
        wanted = self._literal()
        equal = operator == "eq"
        return lambda item: (self._value(item, path) == wanted) is equal

    def _function(self, name: str) -> Test:
        self._take("(")
        path = self._path(self._take())
        self._take(",")
        wanted = self._literal()
        self._take(")")
        test = _FUNCTIONS[name]
        return lambda item: test(str(self._value(item, path) or ""), str(wanted))

    def _any(self, over: str) -> Test:
        path = self._path(over)
        self._take("(")
        variable = self._take()
        self._take(":")
        self._scope.append((variable, over))
        inner = self.either()
        self._scope.pop()
        self._take(")")
        return lambda item: any(inner(one) for one in item.get(path[0]) or ())

    def _path(self, word: str) -> tuple[str, ...]:
        parts = tuple(word.split("/"))
        whole = word
        if self._scope and parts[0] == self._scope[-1][0]:
            whole = "/".join((self._scope[-1][1], *parts[1:]))
            parts = parts[1:]
        if whole not in self._allowed or not parts:
            raise bad(
                f"Could not find a property named '{word}' that can be filtered by.",
                "Request_UnsupportedQuery",
            )
        return parts

    def _literal(self) -> str | bool:
        token = self._take()
        if token.startswith("'"):
            text = token[1:-1].replace("''", "'")
            return text.casefold() if self._fold else text
        if token in _BOOLEANS:
            return _BOOLEANS[token]
        raise bad(f"Invalid filter clause: '{token}' is not a value.")

    def _value(self, item: Any, path: tuple[str, ...]) -> Any:
        for name in path:
            item = item.get(name) if isinstance(item, Mapping) else None
        return item.casefold() if self._fold and isinstance(item, str) else item
