"""The bot itself, where people sign in at the Entra of the other end."""

import json
import sys
from functools import partial

from bot.app.build import build
from bot.app.memory import keep_what_is_there
from bot.app.sign_in import SignInSettings
from bot.auth.app_token import FixedToken
from bot.auth.vault import Vault
from bot.clock import SystemClock
from bot.local.entra.loopback import LoopbackHttp
from bot.local.microsoft import HOST
from bot.teams.settings import EdgeSettings
from storage.database import open_storage
from tests.benchmarks.turns.serve import serve
from tests.benchmarks.turns.settings import APP_ID, BOT_TOKEN, TENANT


async def ours(entra, bench):
    vault = Vault({"k1": b"1" * 32}, "k1")
    storage = await open_storage(bench.mongo_uri, sealer=vault)
    await storage.ensure_indexes()
    bot = await build(
        storage=storage,
        edge_settings=EdgeSettings(
            app_id=APP_ID,
            tenants=frozenset({TENANT, entra["tenant"]}),
            open_id_url=bench.open_id_url,
            loopback=True,
        ),
        tokens=FixedToken(BOT_TOKEN),
        sealer=vault,
        clock=SystemClock(),
        sign_in=SignInSettings(
            app_id=entra["app_id"],
            credential=entra["secret"],
            tenants=frozenset({entra["tenant"]}),
            public_url=lambda: "https://bot.example",
            authority=entra["known_as"],
            issuer=entra["known_as"],
            open_id_url=entra["open_id_url"],
            http=LoopbackHttp(lambda: entra["url"], HOST),
        ),
    )
    await bot.start()
    keep_what_is_there()  # as `consultflow serve` does
    return bot.edge.process


if __name__ == "__main__":
    serve(partial(ours, json.loads(sys.argv[2])))
