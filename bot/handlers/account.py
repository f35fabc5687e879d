"""Who somebody is here: sign in and out, what they allow, and everything of theirs deleted."""

from bot.auth.consent import WHO, asking_for, in_words
from bot.auth.user_tokens import UserTokens
from bot.turn import Reply, Turn, command, press
from bot.workflows.services import Services
from cards.account import Permission, account_card, delete_my_data_card, deleted_card
from cards.buttons import button
from cards.notice import notice_card
from cards.problem import problem_card
from cards.verbs import (
    CheckConnection,
    ConfirmDeleteMyData,
    Connect,
    DeleteMyData,
    ShowAccount,
    ShowHome,
    SignInForRun,
    SignOut,
)
from storage.errors import ConsultFlowError, RefusedError, SignInNeededError
from storage.models import LogFilter, StepStatus, User

_NO_SIGN_IN = (
    "Nobody can sign in to Microsoft 365 here: the program was started without it. "
    "Everything that does not need it works. An administrator can set it up."
)
_NAMES = {
    "workflows": "Workflows",
    "executionlogs": "Runs and logs",
    "records": "Saved data",
    "meetings": "Drafts",
    "handovers": "Files offered to you",
    "signins": "Sign-ins under way",
    "dialogstate": "Open forms",
    "conversations": "Chats I could write to",
    "users": "Your account and sign-in",
}


@command(
    "connect",
    "sign in",
    "signin",
    forms=("connect",),
    summary="Sign in to Microsoft 365, and see what you have allowed.",
    interrupts=True,
)
async def connect(_words: str, turn: Turn, services: Services) -> Reply:
    """Sign somebody in; once they are, show what they have allowed."""
    return await _connect(None, turn, services)


@press(Connect)
async def connect_by_button(pressed: Connect, turn: Turn, services: Services) -> Reply:
    """Sign in, or give one permission more, by its button."""
    return await _connect(pressed.scope, turn, services)


async def _connect(scope: str | None, turn: Turn, services: Services) -> Reply:
    tokens = _tokens(services)
    wanted = (scope or WHO,)
    if scope is not None and scope not in _needs(services):
        raise RefusedError("I don't ask for that permission. Type connect to see those I do.")
    if not set(wanted) <= await tokens.granted(turn.user):
        raise SignInNeededError(asking_for(wanted), scopes=wanted)
    await tokens.for_user(turn.user).token(wanted)
    return await _account(turn, services)


@command("whoami", forms=("whoami",), summary="Show who you are here.", interrupts=True)
async def whoami(_words: str, turn: Turn, services: Services) -> Reply:
    """Show somebody's account."""
    return await _account(turn, services)


@press(ShowAccount)
async def show_account(_pressed: ShowAccount, turn: Turn, services: Services) -> Reply:
    """Show somebody's account by its button."""
    return await _account(turn, services)


@command("signout", "sign out", forms=("signout",), summary="Forget your sign-in.", interrupts=True)
async def sign_out(_words: str, turn: Turn, services: Services) -> Reply:
    """Forget somebody's tokens."""
    return await _sign_out(turn, services)


@press(SignOut)
async def sign_out_by_button(_pressed: SignOut, turn: Turn, services: Services) -> Reply:
    """Forget somebody's tokens, by its button."""
    return await _sign_out(turn, services)


async def _sign_out(turn: Turn, services: Services) -> Reply:
    await _tokens(services).sign_out(turn.user)
    return await _account(turn, services, said="Signed out. I keep no token of yours.")


@command(
    "check connection",
    forms=("check connection",),
    summary="See whether Microsoft 365 answers for you.",
    interrupts=True,
)
async def check_connection(_words: str, turn: Turn, services: Services) -> Reply:
    """Ask Microsoft 365 who they are, as them."""
    return await _check(turn, services)


@press(CheckConnection)
async def check_by_button(_pressed: CheckConnection, turn: Turn, services: Services) -> Reply:
    """Ask Microsoft 365 who they are, by its button."""
    return await _check(turn, services)


async def _check(turn: Turn, services: Services) -> Reply:
    if services.check_connection is None:
        raise RefusedError(_NO_SIGN_IN)
    try:
        said = await services.check_connection(turn.user)
    except SignInNeededError:
        raise
    except ConsultFlowError as error:
        return problem_card(str(error), button("Try again", CheckConnection()))
    return notice_card(said, button("Your connection", ShowAccount()), button("Home", ShowHome()))


@press(SignInForRun)
async def sign_in_for_run(pressed: SignInForRun, turn: Turn, services: Services) -> Reply:
    """Sign in for what a run waits for; where it needs nothing more, have it go on."""
    run = await services.runs.get(turn.user, pressed.run)
    held = next((step for step in run.steps if step.status is StepStatus.SIGN_IN), None)
    if held is None:
        return f"{run.short_id} waits for no sign-in any more."
    scopes = tuple(str(scope) for scope in (held.hold or {}).get("scopes") or (WHO,))
    await _tokens(services).for_user(turn.user).token(scopes)
    await services.storage.runs.wake_signed_in(turn.user.id, now=turn.now)
    services.runs.announce(run.id)
    return f"You are signed in. {run.short_id} goes on."


@command(
    "delete my data",
    forms=("delete my data",),
    summary="Delete everything I keep about you.",
    interrupts=True,
)
async def delete_my_data(_words: str, turn: Turn, services: Services) -> Reply:
    """Ask whether to delete everything of somebody's."""
    return await _ask_to_delete(turn, services)


@press(DeleteMyData)
async def delete_by_button(_pressed: DeleteMyData, turn: Turn, services: Services) -> Reply:
    """Ask whether to delete everything, by its button."""
    return await _ask_to_delete(turn, services)


async def _ask_to_delete(turn: Turn, services: Services) -> Reply:
    storage = services.storage
    logs = await storage.runs.page(turn.user.id, LogFilter(), limit=1, skip=0)
    names = await storage.records.names(turn.user.id)
    counts = {
        "Workflows": await storage.workflows.count(turn.user.id),
        "Runs and logs": logs.total,
        "Saved data": sum(count for _, count in names),
    }
    return delete_my_data_card(turn.user.id, counts)


@press(ConfirmDeleteMyData)
async def delete_everything(pressed: ConfirmDeleteMyData, turn: Turn, services: Services) -> Reply:
    """Delete everything of the presser's, who must be the one who was asked."""
    if pressed.user != turn.user.id:
        raise RefusedError(
            "This question is not yours. To delete your own data, type: delete my data."
        )
    removed = await services.storage.erasure.erase(turn.user, now=turn.now)
    services.forget(turn.user)
    return deleted_card({name: removed.get(key, 0) for key, name in _NAMES.items()})


def _tokens(services: Services) -> UserTokens:
    if services.tokens is None:
        raise RefusedError(_NO_SIGN_IN)
    return services.tokens


def _needs(services: Services) -> dict[str, list[str]]:
    """Give every permission something here asks for, and the titles of what does."""
    needs: dict[str, list[str]] = {WHO: []}
    for action in services.workflows.actions.values():
        for scope in action.scopes:
            needs.setdefault(scope, []).append(action.title)
    return needs


async def _account(turn: Turn, services: Services, *, said: str = "") -> Reply:
    granted = await _granted(turn.user, services)
    permissions = [
        Permission(scope, in_words(scope), scope in granted, used)
        for scope, used in _needs(services).items()
    ]
    return account_card(
        turn.user.name, _shown(turn.user), permissions, signed_in=bool(granted), said=said
    )


async def _granted(user: User, services: Services) -> frozenset[str]:
    return frozenset() if services.tokens is None else await services.tokens.granted(user)


def _shown(user: User) -> str:
    address = user.clashing_email or user.email
    return "" if address.endswith(".invalid") else address
