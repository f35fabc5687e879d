"""The SDK as its documentation sets it up, pointed at the loopback key server and Entra."""

from botbuilder.core import ActivityHandler, CardFactory, MessageFactory
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botframework.connector.auth import ChannelValidation, PasswordServiceClientCredentialFactory

from tests.benchmarks.turns.help_answer import CARD
from tests.benchmarks.turns.serve import serve
from tests.benchmarks.turns.settings import APP_ID, TENANT


class Configuration:
    APP_ID = APP_ID


class Bot(ActivityHandler):
    async def on_message_activity(self, turn_context):
        attachment = CardFactory.adaptive_card(CARD.to_json())
        await turn_context.send_activity(MessageFactory.attachment(attachment))


async def stock(bench):
    ChannelValidation.open_id_metadata_endpoint = bench.open_id_url

    class Credentials(PasswordServiceClientCredentialFactory):
        async def create_credentials(self, *arguments, **named):
            made = await super().create_credentials(*arguments, **named)
            made.oauth_endpoint = bench.sts_url
            return made

    factory = Credentials(APP_ID, "secret", tenant_id=TENANT)
    adapter = CloudAdapter(
        ConfigurationBotFrameworkAuthentication(Configuration(), credentials_factory=factory)
    )
    bot = Bot()

    async def process(request):
        return await adapter.process(request, bot)

    return process


if __name__ == "__main__":
    serve(stock)
