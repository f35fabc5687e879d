"""No bot at all: read JSON, post the card, answer."""

import orjson
from aiohttp import ClientSession, TCPConnector, web

from tests.benchmarks.turns.help_answer import CARD
from tests.benchmarks.turns.serve import serve
from tests.benchmarks.turns.settings import BOT_TOKEN

ADAPTIVE = "application/vnd.microsoft.card.adaptive"


async def bare(bench):
    card = CARD.to_json()
    session = ClientSession(connector=TCPConnector(limit=100))
    headers = {"Authorization": f"Bearer {BOT_TOKEN}", "Content-Type": "application/json"}

    async def process(request):
        asked = orjson.loads(await request.read())
        said = {
            "type": "message",
            "from": asked["recipient"],
            "recipient": asked["from"],
            "conversation": asked["conversation"],
            "replyToId": asked["id"],
            "attachments": [{"contentType": ADAPTIVE, "content": card}],
        }
        where = f"v3/conversations/{asked['conversation']['id']}/activities/{asked['id']}"
        async with session.post(
            bench.service_url + where, data=orjson.dumps(said), headers=headers
        ) as response:
            await response.read()
        return web.Response()

    return process


if __name__ == "__main__":
    serve(bare)
