"""The body of a channel or chat message, as Teams keeps it."""

import re
from collections.abc import Mapping
from typing import Any

import nh3

from bot.local.graph.call import bad
from bot.local.graph.shapes import body_of, one_line

_TAGS = nh3.ALLOWED_TAGS | {"at", "attachment"}
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "at": {"id"}, "attachment": {"id"}}
_AT = re.compile(r'<at id="(\d+)">')


def cleaned(told: Mapping[str, Any]) -> dict[str, str]:
    """Give the body as Teams keeps it: HTML without what could run. Errors: GraphRefusal 400."""
    one_line(told.get("subject"), "subject")
    body = body_of(told.get("body"))
    attachments = told.get("attachments") or []
    if not body["content"].strip() and not attachments:
        raise bad("Missing body content.")
    if body["contentType"] == "html":
        body["content"] = nh3.clean(body["content"], tags=_TAGS, attributes=_ATTRIBUTES)
    for entry in attachments:
        if f'<attachment id="{entry.get("id")}">' not in body["content"]:
            raise bad("The attachment's id is not found in the body.")
    known = {str(mention.get("id")) for mention in told.get("mentions") or []}
    if set(_AT.findall(body["content"])) != known:
        raise bad("The mentions do not match those in the body.")
    return body
