"""What a person's Teams and browser do with a sign-in card."""

from bot.app.sign_in import SignInSettings
from bot.local.people import PEOPLE
from tests.fakes.browsing import Browser, sign_in

OAUTH = "application/vnd.microsoft.card.oauth"


def sign_in_settings(microsoft, where, **more):
    """Say how people sign in at a stand-in; `where` holds the bot's address once it is known."""
    told = {
        "app_id": microsoft.app_id,
        "credential": microsoft.client_secret,
        "tenants": frozenset({microsoft.tenant_id}),
        "public_url": lambda: where[0],
        "authority": microsoft.entra_url,
        "issuer": microsoft.entra_url,
        "open_id_url": microsoft.open_id_url,
        "http": microsoft.http_client(),
    }
    return SignInSettings(**told | more)


class Signing:
    """Shorthands for what a person's Teams does with a sign-in card."""

    def __init__(self, stage, microsoft, where):
        self.stage, self.microsoft, self.where = stage, microsoft, where

    def card(self, message):
        (attachment,) = message.attachments
        assert attachment["contentType"] == OAUTH
        return attachment["content"]

    async def invoke(self, person, name, value, room="personal"):
        """Send a sign-in invoke as this person's client does."""
        client = self.stage.teams.client
        place = client.room(room, person)
        composer = client._composer
        activity = composer._frame("invoke", place, PEOPLE[person], thread=None)
        return await client.deliver(activity | {"name": name, "value": value})

    async def silently(self, person, message):
        """Do what Teams does before anybody presses anything."""
        resource = self.card(message)["tokenExchangeResource"]["id"]
        token = self.microsoft.sso_token(person)
        value = {"id": resource, "connectionName": "", "token": token}
        return await self.invoke(person, "signin/tokenExchange", value)

    async def by_button(self, message, person):
        """Press the card's button, and sign in at Entra as somebody; gives the last page."""
        return await self.visit(self.card(message)["buttons"][0]["value"], person)

    async def visit(self, address, person):
        async with Browser() as browser:
            await browser.open(address)
            assert browser.status == 302, browser.text
            entra = browser.location.replace(self.microsoft.entra_url, self.microsoft.url)
            form = await sign_in(entra, person)
            return await browser.open(f"{self.where[0]}/auth/end", "POST", data=form)
