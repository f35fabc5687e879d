"""A tiny bot for trying the local Teams: it checks real tokens and answers over the connector."""

import asyncio
from urllib.parse import quote

import aiohttp
import jwt
from aiohttp import web

CARD = "application/vnd.microsoft.card.adaptive"


def card(*body, actions=(), **more):
    """Make an Adaptive Card."""
    return {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": list(body),
        "actions": list(actions),
        **more,
    }


def text(words, **more):
    return {"type": "TextBlock", "text": words, "wrap": True, **more}


def attached(content):
    return {"type": "message", "attachments": [{"contentType": CARD, "content": content}]}


def execute(title, verb, **more):
    return {"type": "Action.Execute", "title": title, "verb": verb, "data": {"n": 1}, **more}


ORDER = card(
    text("Order", weight="Bolder", size="Large"),
    text("Choose what you would like."),
    {"type": "Input.Text", "id": "in.notes", "label": "Notes", "isMultiline": True},
    {"type": "FactSet", "facts": [{"title": "Price", "value": "3 EUR"}]},
    actions=[
        execute("Run", "run"),
        {"type": "Action.Submit", "title": "Submit", "data": {"go": 1}},
        execute("Break", "break"),
        execute("Tell", "tell"),
    ],
)


_WRONG = {"statusCode": 400, "type": "application/vnd.microsoft.error"}
_ODD_ANSWERS = {
    "break": lambda: web.Response(status=500),
    "silent": web.Response,
    "garble": lambda: web.Response(text="{"),
    "list": lambda: web.json_response([1]),
    "sorry": lambda: web.json_response(_WRONG | {"value": {"code": "x", "message": "Not now."}}),
    "wrong": lambda: web.json_response(_WRONG | {"value": None}),
}


class EchoBot:
    """Answers words it knows with what the words say, and repeats the rest."""

    def __init__(self):
        self.activities = []
        self.teams = None
        self.patience = asyncio.Event()  # a slow answer waits for it

    async def start(self, teams):
        """Listen, and let the local Teams send here."""
        self.teams = teams
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {teams.bot_token}"}
        )
        app = web.Application()
        app.add_routes([web.post("/api/messages", self._messages)])
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        await teams.connect(f"http://127.0.0.1:{port}/api/messages")
        return self

    async def close(self):
        await self._session.close()
        await self._runner.cleanup()

    async def _check(self, request, activity):
        async with self._session.get(self.teams.open_id_url) as reply:
            address = (await reply.json())["jwks_uri"]
        async with self._session.get(address) as reply:
            keys = (await reply.json())["keys"]
        token = request.headers["Authorization"].removeprefix("Bearer ")
        kid = jwt.get_unverified_header(token)["kid"]
        key = next(key for key in keys if key["kid"] == kid)
        assert "msteams" in key["endorsements"]
        claims = jwt.decode(
            token,
            jwt.PyJWK(key).key,
            algorithms=["RS256"],
            audience=self.teams.app_id,
            issuer="https://api.botframework.com",
            options={"require": ["exp", "iss", "aud"]},
        )
        assert claims["serviceurl"] == activity["serviceUrl"]

    async def call(self, method, path, body=None):
        """Call the connector; gives the status and the JSON answer."""
        url = self.teams.service_url.rstrip("/") + path
        async with self._session.request(method, url, json=body) as reply:
            content = await reply.read()
            return reply.status, await reply.json() if content else None

    async def send(self, activity, conversation):
        path = f"/v3/conversations/{quote(conversation, safe='')}/activities"
        return await self.call("POST", path, activity)

    async def _messages(self, request):
        activity = await request.json()
        try:
            await self._check(request, activity)
        except (KeyError, StopIteration, AssertionError, jwt.InvalidTokenError):
            return web.Response(status=401)
        self.activities.append(activity)
        if activity.get("name") == "fileConsent/invoke":
            return web.Response()
        if activity["type"] == "invoke":
            return await self._invoked(activity)
        if activity["type"] == "message":
            return await self._answer(activity)
        return web.Response()

    async def _answer(self, activity):
        words = (activity.get("text") or "").removeprefix("<at>ConsultFlow</at>").strip()
        where = activity["conversation"]["id"]
        if words == "fail":
            return web.Response(status=500)
        if words == "card":
            await self.send(attached(ORDER), where)
        elif words == "status":
            me = [activity["from"]["id"]]
            action = execute("Refresh", "status")
            own = card(text("Everybody sees this"), refresh={"action": action, "userIds": me})
            await self.send(attached(own), where)
        elif words == "typing":
            await self.send({"type": "typing"}, where)
        elif activity.get("value") is not None:
            answer = f"You sent {activity['value']}"
            await self.send({"type": "message", "text": answer}, where)
        else:
            await self.send({"type": "message", "text": f"You said: {words}"}, where)
        return web.Response()

    async def _invoked(self, activity):
        action = activity["value"]["action"]
        if action["verb"] in _ODD_ANSWERS:
            return _ODD_ANSWERS[action["verb"]]()
        if action["verb"] == "slow":
            await asyncio.wait_for(self.patience.wait(), 10)
        kind, value = CARD, card(text(f"Ran with {action['data'].get('in.notes')}"))
        if action["verb"] == "tell":
            kind, value = "application/vnd.microsoft.activity.message", "Told you."
        if action["verb"] == "status":
            value = card(text(f"Only {activity['from']['name']} sees this"))
        return web.json_response({"statusCode": 200, "type": kind, "value": value})
