"""What leaves as HTML: tables and text, and nothing that runs, loads or leads astray."""

import json
from html.parser import HTMLParser

import pytest

from bot.clients.html import ATTRIBUTES, TAGS, clean_html, to_html
from bot.minutes.make import make_minutes
from bot.minutes.render import to_markdown
from tests.fakes.notes import FX_1, FX_1_DAY

_ALLOWED = {**ATTRIBUTES, "a": {"href", "rel"}}


class _Reader(HTMLParser):
    """Notes what of a fragment is not on the list: another parser than the one that cleaned."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name not in _ALLOWED.get(tag, ())]
        link = dict(attrs).get("href") or "https:"
        self.found += [] if link.startswith(("https:", "mailto:")) else [link]

    def handle_comment(self, data):
        self.found.append(data)


def _broken(fragment):
    reader = _Reader()
    reader.feed(fragment)
    reader.close()
    return reader.found


def _payloads(suite):
    payloads = json.loads((suite("html") / "dompurify_payloads.json").read_text())
    return payloads + json.loads((suite("blns") / "blns.json").read_text())


def test_nothing_of_a_strangers_html_runs_or_leads_astray(suite):
    payloads = _payloads(suite)
    for payload in payloads:
        cleaned = clean_html(payload)
        assert _broken(cleaned) == [], payload
        assert clean_html(cleaned) == cleaned, payload
    assert len(payloads) > 700


def test_nothing_of_strangers_markdown_runs_or_leads_astray(suite):
    for payload in _payloads(suite):
        for text in (
            payload,
            f"[x]({payload})",
            f"| a |\n|---|\n| {payload} |",
            f"![x]({payload})",
        ):
            assert _broken(to_html(text)) == [], text


def test_the_minutes_arrive_with_a_table_and_no_raw_markdown():
    html = to_html(to_markdown(make_minutes(FX_1, today=FX_1_DAY)))
    assert html.count("<table") == 1
    assert "|---" not in html
    assert "| ---" not in html
    assert "<td>Ben Ortiz</td>" in html
    assert "<h2>Decisions</h2>" in html


def test_markdown_keeps_its_meaning():
    html = to_html("**bold** and *soft*\n\n1. one\n2. two\n\n> said\n\n[a](https://x.example)")
    for part in ("<strong>bold</strong>", "<em>soft</em>", "<ol>", "<blockquote>"):
        assert part in html
    assert '<a href="https://x.example" rel="noopener noreferrer">a</a>' in html


def test_html_in_markdown_shows_as_it_was_typed():
    assert to_html("<b>x</b> & <script>y</script>") == (
        "<p>&lt;b&gt;x&lt;/b&gt; &amp; &lt;script&gt;y&lt;/script&gt;</p>\n"
    )


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/me", "http://x.example"]
)
def test_only_https_and_mail_links_stay_links(link):
    assert "href" not in clean_html(f'<a href="{link}">x</a>')
    assert "href" in clean_html('<a href="mailto:a@b.example">x</a>')


def test_no_picture_is_loaded_from_anywhere():
    assert "<img" not in to_html("![x](https://track.example/p.gif)")
    assert clean_html('<img src="https://track.example/p.gif" onerror="x()">') == ""


def test_a_long_text_is_rendered_in_a_moment():
    assert len(to_html("* [" * 20_000)) < 400_000
    assert len(to_html("| a |\n|---|\n" + "| x |\n" * 5_000)) > 50_000
