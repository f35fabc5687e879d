"""HTML as the words in it, for places that show text only."""

import re
from html import unescape

import nh3

_BREAK = re.compile(r"(?i)<br\s*/?>|</(p|div|li|tr|h[1-6])>")


def plain(html: str) -> str:
    """Give the words, a line for each paragraph or list item."""
    words = unescape(nh3.clean(_BREAK.sub("\n", html), tags=set()))
    return re.sub(r"\n{3,}", "\n\n", words).strip()
