"""Signing in at the local Entra as a browser does: its pages, its forms, its cookie."""

import re
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp


class Browser:
    """One browser; keeps its cookies. Every step gives status, text and where it leads."""

    def __init__(self):
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_exception):
        await self._session.close()

    async def open(self, url, method="GET", **more):
        async with self._session.request(method, url, allow_redirects=False, **more) as reply:
            self.url, self.status = str(reply.url), reply.status
            self.text, self.headers = await reply.text(), reply.headers
        return self

    async def press(self, name, value):
        """Press a button of the page's form, as it stands there."""
        assert f'name="{name}" value="{value}"' in self.text, self.text
        action = unescape(re.search(r'action="([^"]*)"', self.text)[1])
        ticket = re.search(r'name="ticket" value="([^"]*)"', self.text)[1]
        form = {"ticket": ticket, name: value}
        headers = {"Origin": "{0.scheme}://{0.netloc}".format(urlsplit(self.url))}
        return await self.open(urljoin(self.url, action), "POST", data=form, headers=headers)

    @property
    def location(self):
        return self.headers.get("Location", "")

    @property
    def answer(self):
        """The parameters the way back carries, in the address or in a form."""
        if self.status == 302:
            return dict(parse_qsl(urlsplit(self.location).query))
        fields = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', self.text)
        return {unescape(name): unescape(value) for name, value in fields}


async def sign_in(url, person, answer="accept"):
    """Go all the way from the authorize address; gives the parameters of the way back."""
    async with Browser() as browser:
        await browser.open(url)
        await browser.press("person", person)
        if 'name="answer"' in browser.text:
            await browser.press("answer", answer)
        return browser.answer
