"""What the chat page shows of Microsoft 365: a person's mail, calendar, files, people, consents."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.local.entra.scopes import in_words
from bot.local.graph.call import GraphRefusal
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
                "posts": [_post(post) for post in reversed(microsoft.channel_posts())],
                "files": self._files(person),
                "people": people,
                "consents": [
                    {"scope": scope, "words": in_words(scope)}
                    for scope in microsoft.consents(person)
                ],
            }
        )

    def _files(self, person: str) -> list[Json]:
        try:
            drive = self.microsoft.drive_of(person)
        except GraphRefusal:
            return []
        items = [item for item in drive.items.values() if item.content is not None]
        shown = [
            {
                "path": item.path,
                "url": f"/local/microsoft/file?as={person}&id={quote(item.id)}",
                "bytes": len(item.content or b""),
                "changed": item.changed_at,
            }
            for item in items
        ]
        return sorted(shown, key=lambda entry: str(entry["changed"]), reverse=True)

    async def file(self, request: web.Request) -> web.Response:
        """Give a file of a person's drive, to be kept and not to be opened here."""
        person = person_of(request.query.get("as"))
        try:
            drive = self.microsoft.drive_of(person)
            item = drive.by_id(request.query.get("id", ""))
        except GraphRefusal as refusal:
            raise web.HTTPNotFound(text="There is no such file.") from refusal
        name = quote(item.name, safe="")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        return web.Response(
            body=item.content or b"", content_type="application/octet-stream", headers=headers
        )

    async def withdraw(self, request: web.Request) -> web.Response:
        """Take a person's consent to one permission back."""
        body, person = await body_of(request)
        scope = body.get("scope")
        if scope not in self.microsoft.consents(person):
            raise web.HTTPBadRequest(text="You have not agreed to that.")
        self.microsoft.withdraw(person, str(scope))
        return web.json_response({"left": self.microsoft.consents(person)})


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
        "kind": mail["body"]["contentType"],
        "body": mail["body"]["content"],
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
        "preview": event["bodyPreview"],
    }


def _post(post: Json) -> Json:
    return {
        "name": post["from"]["user"]["displayName"],
        "place": "a channel" if post["channelIdentity"] else "a chat",
        "kind": post["body"]["contentType"],
        "body": post["body"]["content"],
        "time": post["createdDateTime"],
    }
