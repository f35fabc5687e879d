"""The HTTP side: one route for Teams, two for whoever watches the process."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from storage.errors import UnavailableError

Messages = Callable[[web.Request], Awaitable[web.StreamResponse]]
Ping = Callable[[], Awaitable[None]]

_BODY_LIMIT = 1024 * 1024  # what aiohttp itself refuses over; the edge's own limit is smaller


def make_web(
    *, messages: Messages, ping: Ping, routes: Sequence[web.RouteDef] = ()
) -> web.Application:
    """Make the application: POST /api/messages, GET /healthz, GET /readyz, and `routes`.

    /healthz says the process lives; /readyz that it can work, 503 when the database is away.
    Neither tells anything of the configuration.
    """

    async def ready(_request: web.Request) -> web.Response:
        try:
            await ping()
        except UnavailableError:
            return web.Response(status=503, text="storage unavailable\n")
        return web.Response(text="ready\n")

    application = web.Application(client_max_size=_BODY_LIMIT)
    application.add_routes(
        [
            web.post("/api/messages", messages),
            web.get("/healthz", _alive, allow_head=False),
            web.get("/readyz", ready, allow_head=False),
            *routes,
        ]
    )
    return application


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


class Site:
    """One application on one address, started and stopped."""

    def __init__(
        self, application: web.Application, host: str, port: int, *, or_any: bool = False
    ) -> None:
        # The access log would hold addresses with secrets in their paths.
        self._runner = web.AppRunner(
            application,
            access_log=None,
            keepalive_timeout=75.0,
            lingering_time=1.0,
            auto_decompress=False,  # the gate does that, see bot.teams.packed
        )
        self._host = host
        self._ports = (port, 0) if or_any and port else (port,)
        self.port = port

    async def start(self) -> None:
        """Listen; port 0 takes a free one. Errors: OSError when the port is taken."""
        await self._runner.setup()
        for last, port in enumerate(self._ports, start=1):
            try:
                await web.TCPSite(self._runner, self._host, port).start()
                break
            except OSError:
                if last == len(self._ports):
                    await self._runner.cleanup()
                    raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        await self._runner.cleanup()
