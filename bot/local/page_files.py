"""The chat page's own files, and the parts npm brought for it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from storage.errors import ConsultFlowError, NotFoundError

PAGE = Path(__file__).parent / "page"
NO_PARTS = (
    "The chat page needs its npm parts, and they are not here yet. "
    "Run `make setup` and start again."
)
_OWN = frozenset({".js", ".css", ".svg"})
_PARTS = {
    "adaptivecards.js": "adaptivecards/dist/adaptivecards.min.js",
    "markdown-it.js": "markdown-it/dist/markdown-it.min.js",
    "teams-light.json": "adaptivecards-designer/lib/hostConfigs/microsoft-teams-light.json",
    "teams-dark.json": "adaptivecards-designer/lib/hostConfigs/microsoft-teams-dark.json",
}


@dataclass(frozen=True, slots=True)
class PageFiles:
    """Serves files; nothing but those named here or lying in the page's folder."""

    modules: Path = PAGE / "node_modules"

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/", self.index),
            web.get("/page/{name}", self.own),
            web.get("/parts/{name}", self.of_npm),
        ]

    def complete(self) -> bool:
        """Say whether npm has brought everything the page draws with."""
        return all((self.modules / part).is_file() for part in _PARTS.values())

    async def index(self, _request: web.Request) -> web.StreamResponse:
        """Serve the page, or one sentence when its npm parts are missing."""
        if not await asyncio.to_thread(self.complete):
            return web.Response(text=NO_PARTS, status=503)
        return web.FileResponse(PAGE / "index.html")

    async def own(self, request: web.Request) -> web.StreamResponse:
        """Serve one of the page's own scripts and style sheets."""
        name = request.match_info["name"]
        if name not in {path.name for path in PAGE.iterdir() if path.suffix in _OWN}:
            raise web.HTTPNotFound
        return web.FileResponse(PAGE / name)

    async def of_npm(self, request: web.Request) -> web.StreamResponse:
        """Serve a part that npm brought, straight from where it lies."""
        path = _PARTS.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(self.modules / path)


@web.middleware
async def sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer our own errors with their sentence."""
    try:
        return await handler(request)
    except NotFoundError as error:
        raise web.HTTPNotFound(text=str(error)) from error
    except ConsultFlowError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
