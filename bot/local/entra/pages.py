"""The pages a person sees at the local Entra: who are you, do you agree, and what went wrong."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

from aiohttp import web

from bot.local.entra.directory import Account, tenant_name
from bot.local.entra.scopes import in_words

_STYLE = (
    "body{font:16px/1.5 'Segoe UI',system-ui,sans-serif;margin:0;display:grid;min-height:100vh;"
    "place-items:center;background:Canvas;color:CanvasText}"
    "main{width:min(26rem,92vw);border:1px solid GrayText;border-radius:8px;padding:1.5rem}"
    "h1{font-size:1.3rem;margin:0 0 .5rem}p{margin:.5rem 0}ul{padding-left:1.2rem}"
    "form{display:grid;gap:.5rem;margin-top:1rem}"
    "button{font:inherit;padding:.6rem 1rem;text-align:left;border:1px solid GrayText;"
    "border-radius:4px;background:ButtonFace;color:ButtonText;cursor:pointer}"
    "button:focus-visible{outline:3px solid Highlight}"
    "small{color:GrayText}"
)
_SUBMIT = "document.forms[0].submit()"
_SUBMIT_HASH = base64.b64encode(hashlib.sha256(_SUBMIT.encode()).digest()).decode()


def page(title: str, body: str, *, status: int = 200, leads_to: str = "") -> web.Response:
    """Give a page that loads nothing and may lead to one other place only.

    It runs no script but the one that takes a person back without another press.
    """
    place = urlsplit(leads_to)
    onward = f" {place.scheme}://{place.netloc}" if place.scheme in ("http", "https") else ""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_SUBMIT_HASH}'; "
        "base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{onward}"
    )
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}"
        "<p><small>Local sign-in, on this machine only. No password is asked.</small></p>"
        "</main></body></html>"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        # A form must tell its own origin, and a stranger must not learn the address.
        "Referrer-Policy": "same-origin",
    }
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def sign_in_page(
    action: str, ticket: str, accounts: Sequence[Account], leads_to: str
) -> web.Response:
    """Ask who signs in; the first account is the one that was hinted at."""
    buttons = "".join(
        f'<button name="person" value="{escape(one.key)}">{escape(one.person.name)}<br>'
        f"<small>{escape(one.person.principal)} · {escape(tenant_name(one.tenant_id))}</small>"
        "</button>"
        for one in accounts
    )
    body = (
        "<p>Who is signing in to ConsultFlow?</p>"
        f'<form method="post" action="{escape(action)}">{_ticket(ticket)}{buttons}</form>'
    )
    return page("Sign in", body, leads_to=leads_to)


def consent_page(
    action: str, ticket: str, account: Account, scopes: Iterable[str], leads_to: str
) -> web.Response:
    """Ask whether the person agrees, each permission in words."""
    asked = "".join(
        f'<li title="{escape(scope)}">{escape(in_words(scope))}</li>' for scope in sorted(scopes)
    )
    body = (
        f"<p>{escape(account.person.principal)}</p><p>ConsultFlow would like to:</p>"
        f'<ul>{asked}</ul><form method="post" action="{escape(action)}">{_ticket(ticket)}'
        '<button name="answer" value="accept">Accept</button>'
        '<button name="answer" value="cancel">Cancel</button></form>'
    )
    return page("Permissions requested", body, leads_to=leads_to)


def approval_page(action: str, ticket: str, scopes: Iterable[str], leads_to: str) -> web.Response:
    """Say that only an admin can allow this, and lead back."""
    asked = "".join(f"<li>{escape(in_words(scope))}</li>" for scope in sorted(scopes))
    body = (
        "<p>ConsultFlow needs permission that only an admin can grant:</p>"
        f'<ul>{asked}</ul><form method="post" action="{escape(action)}">{_ticket(ticket)}'
        '<button name="answer" value="cancel">Return without granting</button></form>'
    )
    return page("Need admin approval", body, leads_to=leads_to)


def way_back_page(address: str, query: Mapping[str, str]) -> web.Response:
    """Take the answer back as a form, by itself where scripts run, else by a button."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in query.items()
    )
    body = (
        f'<form method="post" action="{escape(address)}">{fields}'
        f"<button>Continue to ConsultFlow</button></form><script>{_SUBMIT}</script>"
    )
    return page("Back to ConsultFlow", body, leads_to=address)


def trouble_page(sentence: str) -> web.Response:
    """Say what is wrong with a sign-in that cannot go on, and lead nowhere."""
    return page(
        "Sorry, but we are having trouble signing you in", f"<p>{escape(sentence)}</p>", status=400
    )


def _ticket(ticket: str) -> str:
    return f'<input type="hidden" name="ticket" value="{escape(ticket)}">'
