"""Who somebody is here: their account, what they have allowed, and how to take it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cards.buttons import button, foot
from cards.elements import Card, Element, columns, container, facts, heading, line, run, text
from cards.plain import shorten
from cards.verbs import (
    CheckConnection,
    ConfirmDeleteMyData,
    Connect,
    ShowHome,
    SignOut,
)

MOST = 14


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing a person can allow, in words ("send mail as you"), and whether they have."""

    scope: str
    words: str
    given: bool
    needed_by: Sequence[str] = ()  # what asks for it, as "Send an email"


def account_card(
    name: str, email: str, permissions: Sequence[Permission], *, signed_in: bool, said: str = ""
) -> Card:
    """Show what is connected and what is missing, a row per permission, with a button to give it.

    `said` is what just happened ("Signed out.").
    """
    said = shorten(said, 200)
    state = f"Signed in as {shorten(name, 100)}" if signed_in else "Not signed in to Microsoft 365"
    after = (
        "I ask for each permission when a step first needs it."
        if signed_in
        else "Sign in, and your workflows can act for you. I ask for each permission by itself."
    )
    body = (
        heading("Your connection"),
        *([text(said, bold=True)] if said else []),
        text(state, color="default"),
        *([text(shorten(email, 200), subtle=True, spacing="none")] if email else []),
        *(_row(one, signed_in=signed_in) for one in permissions[:MOST]),
        text(after, subtle=True, spacing="medium"),
    )
    summary = f"{said} {state}." if said else f"{state}."
    return Card(body, summary, _foot(signed_in=signed_in))


def _foot(*, signed_in: bool) -> tuple[Element, ...]:
    if not signed_in:
        return (button("Sign in", Connect(), style="positive"), button("Home", ShowHome()))
    return (
        button("Check connection", CheckConnection()),
        button("Sign out", SignOut()),
        button("Home", ShowHome()),
    )


def _row(one: Permission, *, signed_in: bool) -> Element:
    mark = run("✓  ", bold=True) if one.given else run("○  ", subtle=True)
    told = shorten(one.words, 80)
    words = line(mark, run(f"{told[:1].upper()}{told[1:]}"))
    needs = shorten(", ".join(one.needed_by), 60)
    used = [text(f"For {needs}", subtle=True, spacing="none")]
    left = [words, *(used if one.needed_by else [])]
    if one.given or not signed_in:
        return columns(("stretch", left), spacing="small")
    allow = {"type": "ActionSet", "actions": [button("Allow", Connect(scope=one.scope))]}
    return columns(("stretch", left), ("auto", [allow]), spacing="small")


def delete_my_data_card(user_id: str, counts: Mapping[str, int]) -> Card:
    """Ask whether to delete everything; `counts` says of what, in words, how much there is."""
    known = [(name, str(count)) for name, count in counts.items() if count]
    body = (
        heading("Delete everything I keep about you?"),
        text(
            "Your sign-in, workflows, runs and their logs, saved data and drafts go at once and "
            "cannot be brought back. Runs under way are stopped."
        ),
        *([facts(known)] if known else []),
        text(
            "What was sent stays where it is: mails, events, posts, files, and our chat itself.",
            subtle=True,
        ),
    )
    return Card(
        body,
        "Delete everything I keep about you?",
        foot(
            button("Delete everything", ConfirmDeleteMyData(user=user_id), style="destructive"),
            button("Keep it", ShowHome()),
        ),
    )


def deleted_card(removed: Mapping[str, int]) -> Card:
    """Give the receipt: what was removed, and what only its reader can take back."""
    done = [(name, str(count)) for name, count in removed.items() if count]
    body = (
        heading("Your data is deleted"),
        *([facts(done)] if done else [text("There was nothing left to delete.")]),
        container(
            text(
                "The permissions you gave are still listed at Microsoft; you can take them back at "
                "myapps.microsoft.com. If you write to me again, I start anew.",
                subtle=True,
            ),
            spacing="medium",
        ),
    )
    return Card(body, "Your data is deleted.")
