"""The bot itself: token, tenant, dedupe in a real MongoDB, root, the help command, its card."""

from bot.app.build import build
from bot.app.memory import keep_what_is_there
from bot.auth.app_token import FixedToken
from bot.auth.vault import Vault
from bot.clock import SystemClock
from bot.teams.settings import EdgeSettings
from storage.database import open_storage
from tests.benchmarks.turns.serve import serve
from tests.benchmarks.turns.settings import APP_ID, BOT_TOKEN, TENANT


async def ours(bench):
    vault = Vault({"k1": b"1" * 32}, "k1")
    storage = await open_storage(bench.mongo_uri, sealer=vault)
    await storage.ensure_indexes()
    bot = await build(
        storage=storage,
        edge_settings=EdgeSettings(
            app_id=APP_ID,
            tenants=frozenset({TENANT}),
            open_id_url=bench.open_id_url,
            loopback=True,
        ),
        tokens=FixedToken(BOT_TOKEN),
        sealer=vault,
        clock=SystemClock(),
    )
    await bot.start()
    keep_what_is_there()  # as `consultflow serve` does
    return bot.edge.process


if __name__ == "__main__":
    serve(ours)
