"""Lists of Graph: page after page, and several of them in one request."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.clients.graph.calls import BATCH, Call
from bot.clients.graph.exchange import Request
from bot.clients.graph.line import Line, asked_of

Item = dict[str, Any]
Question = tuple[str, Mapping[str, str] | None]  # a path and its query

_MOST_PAGES = 20
_MOST_IN_BATCH = 20  # Source: Graph, JSON batching


async def items(line: Line, call: Call, path: str) -> list[Item]:
    """Give every item of a list, page after page; at most 20 pages."""
    return await _rest(line, call, await line.ask(call, path), _MOST_PAGES)


async def many(
    line: Line, call: Call, questions: Sequence[Question], *, pages: int = _MOST_PAGES
) -> list[list[Item]]:
    """Give the lists that several paths hold, in one request for each twenty of them.

    One that is refused in the batch is asked again by itself, with all its waits and words.
    """
    found: list[list[Item]] = []
    for first in range(0, len(questions), _MOST_IN_BATCH):
        asked = questions[first : first + _MOST_IN_BATCH]
        begun = await _batch(line, call, asked)
        found += [await _rest(line, call, page, pages) for page in begun]
    return found


async def _batch(line: Line, call: Call, questions: Sequence[Question]) -> list[Item]:
    """Give the first page of each."""
    if len(questions) == 1:
        return [await line.ask(call, questions[0][0], query=questions[0][1])]
    requests = [
        {"id": str(place), "method": call.method, "url": asked_of(path, query)}
        for place, (path, query) in enumerate(questions)
    ]
    batch = replace(BATCH, scope=call.scope, beside=call.beside, does=call.does)
    told = await line.ask(batch, "/$batch", body={"requests": requests})
    answers = {
        one.get("id"): one.get("body")
        for one in _values(told, "responses")
        if one.get("status") in call.good
    }
    pages: list[Item] = []
    for place, (path, query) in enumerate(questions):
        page = answers.get(str(place))
        pages.append(page if isinstance(page, dict) else await line.ask(call, path, query=query))
    return pages


async def _rest(line: Line, call: Call, page: Item, pages: int) -> list[Item]:
    """Give the items of a page and of those after it."""
    found = _values(page, "value")
    for _page in range(pages - 1):
        link = page.get("@odata.nextLink")
        if link is None:
            break
        page = await line.send(call, Request(call.method, line.own_address(str(link))))
        found += _values(page, "value")
    return found


def _values(page: Item, name: str) -> list[Item]:
    values = page.get(name)
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []
