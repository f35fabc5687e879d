"""Markdown and strangers' HTML as HTML for mail and Teams: a few tags, no scripts, no images."""

import nh3
from markdown_it import MarkdownIt

_BLOCKS = {"p", "br", "hr", "blockquote", "pre", "div", "ul", "ol", "li"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_INLINE = {"a", "b", "strong", "i", "em", "u", "s", "del", "code", "span", "sub", "sup"}
TAGS = _BLOCKS | _HEADINGS | _TABLE | _INLINE
# What a plain table needs to be seen as one in Outlook, which ignores style sheets.
_TABLE_LOOK = {"border": "1"}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "table": set(_TABLE_LOOK)}

_CLEANER = nh3.Cleaner(
    tags=TAGS,
    # "*": or every tag keeps its title and its language.
    attributes={**ATTRIBUTES, "*": set()},
    set_tag_attribute_values={"table": _TABLE_LOOK},
    url_schemes={"https", "mailto"},
    url_relative="deny",
    strip_comments=True,
    link_rel="noopener noreferrer",
)


def to_html(markdown: str) -> str:
    """Render Markdown as a clean HTML fragment, tables included; raw HTML in it shows as text.

    CPU only, linear in the text.
    """
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True})
    rendered: str = reader.enable(["table", "strikethrough"]).disable("image").render(markdown)
    return clean_html(rendered)


def clean_html(html: str) -> str:
    """Keep of HTML what a mail may hold; cleaning twice changes nothing.

    Links lead to https and mailto only; text of what is taken out stays, a script's does not.
    """
    return _CLEANER.clean(html)
