"""A real HTTP server on a free port of loopback, for as long as an `async with` lasts."""

from aiohttp import web


class Server:
    """Serves `routes()`; `url` is where."""

    def __init__(self):
        self.url = ""
        self._runner = None

    def routes(self):
        return []

    async def __aenter__(self):
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.add_routes(self.routes())
        # As bot.web serves: what is packed is the handler's to unpack.
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0, auto_decompress=False
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_exception):
        await self._runner.cleanup()
