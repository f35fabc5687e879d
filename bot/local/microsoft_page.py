"""What the chat page shows of Microsoft 365: a person's mail, calendar, files, people, consents."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.local.entra.directory import Account
from bot.local.entra.scopes import in_words
from bot.local.graph.plain import plain
from bot.local.ids import iso
from bot.local.microsoft import LocalMicrosoft
from bot.local.page_routes import body_of, person_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MicrosoftPage:
    """Serves the panel; every call says who it is made `as`."""

    microsoft: LocalMicrosoft

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/local/microsoft", self.look),
            web.get("/local/microsoft/file", self.file),
            web.post("/local/microsoft/withdraw", self.withdraw),
        ]

    async def look(self, request: web.Request) -> web.Response:
        """Give all that one person would see of their Microsoft 365."""
        person = person_of(request.query.get("as"))
        microsoft = self.microsoft
        account = microsoft.directory.account(person)
        people = [
            {"name": one.person.name, "mail": one.person.email, "title": one.person.title}
            for one in microsoft.directory.of(account.tenant_id)
        ]
        return web.json_response(
            {
                "guest": account.guest,
                "sent": [_mail(mail) for mail in reversed(microsoft.outbox(person))],
                "inbox": [_mail(mail) for mail in reversed(microsoft.inbox(person))],
                "events": [_event(event) for event in microsoft.events(person)],
                "posts": self._posts(account),
                "files": self._files(account),
                "people": people,
                "consents": [
                    {"scope": scope, "words": in_words(scope)}
                    for scope in microsoft.consents(person)
                ],
            }
        )

    def _posts(self, account: Account) -> list[Json]:
        shown = []
        for post in self.microsoft.channel_posts():
            place_id = post["chatId"] or post["channelIdentity"]["channelId"]
            place = self.microsoft.teams.place(account, place_id)
            if place is not None:
                shown.append({"place": place, **_post(post)})
        return sorted(shown, key=lambda entry: int(entry["id"]), reverse=True)

    def _files(self, account: Account) -> list[Json]:
        shown = [
            {
                "path": item.path,
                "place": drive.place,
                "url": f"/local/microsoft/file?as={account.key}&id={quote(item.id)}",
                "bytes": len(item.content),
                "changed": item.changed_at,
            }
            for drive in self.microsoft.drives.reachable(account)
            for item in drive.items.values()
            if item.content is not None
        ]
        return sorted(shown, key=lambda entry: str(entry["changed"]), reverse=True)

    async def file(self, request: web.Request) -> web.Response:
        """Give a file of a person's drive, to be kept and not to be opened here."""
        account = self.microsoft.directory.account(person_of(request.query.get("as")))
        wanted = request.query.get("id")
        for drive in self.microsoft.drives.reachable(account):
            for item in drive.items.values():
                if item.id == wanted and item.content is not None:
                    return _download(item.name, item.content)
        raise web.HTTPNotFound(text="There is no such file.")

    async def withdraw(self, request: web.Request) -> web.Response:
        """Take a person's consent to one permission back."""
        body, person = await body_of(request)
        scope = body.get("scope")
        if scope not in self.microsoft.consents(person):
            raise web.HTTPBadRequest(text="You have not agreed to that.")
        self.microsoft.withdraw(person, str(scope))
        return web.json_response({"left": self.microsoft.consents(person)})


def _download(name: str, content: bytes) -> web.Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return web.Response(body=content, content_type="application/octet-stream", headers=headers)


def _words(body: Json) -> str:
    """Give a body as text: nobody's HTML is drawn on the page."""
    content = str(body["content"])
    return plain(content) if body["contentType"] == "html" else content


def _addresses(recipients: list[Json]) -> list[str]:
    return [recipient["emailAddress"]["address"] for recipient in recipients]


def _mail(mail: Json) -> Json:
    return {
        "id": mail["id"],
        "from": mail["from"]["emailAddress"],
        "to": _addresses(mail["toRecipients"]),
        "cc": _addresses(mail["ccRecipients"]),
        "bcc": _addresses(mail["bccRecipients"]),
        "subject": mail["subject"],
        "text": _words(mail["body"]),
        "time": mail["sentDateTime"],
        "files": [{"name": one["name"], "bytes": one["size"]} for one in mail["attachments"]],
    }


def _event(event: Json) -> Json:
    return {
        "subject": event["subject"],
        "starts": iso(event["start"]),
        "ends": iso(event["end"]),
        "zone": event["originalStartTimeZone"],
        "organizer": event["organizer"]["emailAddress"]["name"],
        "attendees": _addresses(event["attendees"]),
        "location": event["location"].get("displayName", ""),
        "online": bool(event["onlineMeeting"]),
        "text": _words(event["body"]),
    }


def _post(post: Json) -> Json:
    return {
        "id": post["id"],
        "name": post["from"]["user"]["displayName"],
        "text": _words(post["body"]),
        "time": post["createdDateTime"],
    }
