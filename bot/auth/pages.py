"""The pages of a sign-in, /auth/start and /auth/end: fixed texts, no address taken from anyone."""

import html
from collections.abc import Awaitable, Callable
from importlib.resources import files

from aiohttp import web

from bot.auth.flows import Flows, SignedIn
from storage.errors import ConsultFlowError, RefusedError, RemoteError, UnavailableError

START, END = "/auth/start", "/auth/end"
_SCRIPT, _STYLE = "/auth/popup.js", "/auth/popup.css"
_LONGEST = 400

# Nothing but our own script and style; no frame, no form, no other address to load from.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Told = Callable[[SignedIn], Awaitable[None]]


def sign_in_routes(
    flows: Flows, signed_in: Told, visited: Callable[[str], str] = str
) -> list[web.RouteDef]:
    """Give the routes. `signed_in` is told of everybody who came to the end.

    `visited` turns the address Entra is known by into the one a browser reaches it at.
    """

    async def start(request: web.Request) -> web.Response:
        try:
            address = await flows.begin(request.query.get("flow", ""))
        except ConsultFlowError as error:
            return _page("Sign-in", str(error), status=_status(error))
        return web.Response(status=302, headers={**_HEADERS, "Location": visited(address)})

    async def end(request: web.Request) -> web.Response:
        answer = await _answer(request)
        try:
            done = await flows.finish(answer)
            await signed_in(done)
        except ConsultFlowError as error:
            said = answer.get("error_description") or ""
            return _page("Not signed in", str(error), said=said, status=_status(error))
        sentence = f"You are signed in, {done.user.name}. You can close this window."
        return _page("Signed in", sentence, code=done.code)

    return [
        web.get(START, start, allow_head=False),
        web.post(END, end),
        web.get(END, end, allow_head=False),
        web.get(_SCRIPT, _file("popup.js", "text/javascript"), allow_head=False),
        web.get(_STYLE, _file("popup.css", "text/css"), allow_head=False),
    ]


async def _answer(request: web.Request) -> dict[str, str]:
    """Read what Entra sent along: as a form, which is what we ask for, else in the address."""
    if request.method != "POST":
        return dict(request.query)
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    try:
        sent = await request.post()
    except (ValueError, LookupError):  # not the text it says it is
        return {}
    return {name: value for name, value in sent.items() if isinstance(value, str)}


def _status(error: ConsultFlowError) -> int:
    if isinstance(error, RefusedError):
        return 400
    return 503 if isinstance(error, RemoteError | UnavailableError) else 403


def _page(
    title: str, sentence: str, *, said: str = "", code: str = "", status: int = 200
) -> web.Response:
    """Draw a page. `said` is Entra's own text, shown as text; `code` is for the script only."""
    quoted = f"<p class='said'>{html.escape(said[:_LONGEST])}</p>" if said else ""
    outcome = f"data-code='{html.escape(code)}'" if code else "data-failed='1'"
    body = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{html.escape(title)} - ConsultFlow</title>"
        f"<link rel='stylesheet' href='{_STYLE}'><script src='{_SCRIPT}' defer></script></head>"
        f"<body {outcome}><main><h1>{html.escape(title)}</h1>"
        f"<p>{html.escape(sentence)}</p>{quoted}</main></body></html>"
    )
    return web.Response(status=status, text=body, content_type="text/html", headers=_HEADERS)


def _file(name: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    text = (files("bot.auth") / "page" / name).read_text(encoding="utf-8")

    async def give(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind, headers=_HEADERS)

    return give
