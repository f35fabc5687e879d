"""The account commands where a whole bot shows less: checks that fail, runs that wait."""

from dataclasses import replace

import pytest

from bot.handlers.account import check_connection, connect_by_button, sign_in_for_run
from bot.turn import Turn
from bot.workflows.run_service import RunService
from bot.workflows.service import WorkflowService
from bot.workflows.services import Services
from cards.verbs import Connect, SignInForRun
from storage.errors import NotFoundError, RefusedError, RemoteError, SignInNeededError
from storage.models import Conversation, ConversationKind, StepStatus
from tests.fakes.toys import Marks
from tests.storage.runs import LEASE, a_run

PLACE = Conversation("a:1", ConversationKind.PERSONAL, "tenant", "https://smba/", "28:b")


class Tokens:
    """Stands where UserTokens does: somebody who has given some permissions."""

    def __init__(self, *granted):
        self.granted_now = set(granted)

    async def granted(self, _user):
        return frozenset(self.granted_now)

    def for_user(self, _user):
        return self

    async def token(self, scopes, *, claims=None):
        if not set(scopes) <= self.granted_now:
            raise SignInNeededError("Sign in.", scopes=scopes, claims=claims)
        return "token"


@pytest.fixture
async def user(storage, clock):
    return await storage.users.seen(
        microsoft_id="ana.tenant", email="ana@contoso.example", name="Ana", now=clock.now()
    )


@pytest.fixture
def turn(user, clock):
    return Turn(user, PLACE, "k", clock.now())


@pytest.fixture
def woken():
    return []


@pytest.fixture
def services(storage, vault, clock, woken):
    mail = replace(Marks().toy("api_call"), title="Send an email", scopes=("Mail.Send",))
    workflows = WorkflowService(storage, {"send_email": mail}, {}, clock, woken.append)
    runs = RunService(storage, workflows, clock, woken.append)
    return Services(workflows, runs, storage, vault, clock, tokens=Tokens("User.Read"))


@pytest.fixture
async def waiting(storage, user, clock):
    await storage.runs.accept(a_run(user_id=user.id))
    run = await storage.runs.claim(now=clock.now(), lease=LEASE)
    hold = {"by": "sign_in", "scopes": ["Mail.Send"], "since": clock.now().isoformat()}
    return await storage.runs.hold_step(
        run.id, run.fence, 0, status=StepStatus.SIGN_IN, hold=hold, error="x", now=clock.now()
    )


async def test_the_runs_own_button_asks_for_what_the_run_waits_for(services, turn, waiting):
    with pytest.raises(SignInNeededError) as asked:
        await sign_in_for_run.handler(SignInForRun(run=waiting.id), turn, services)
    assert asked.value.scopes == ("Mail.Send",)


async def test_where_it_was_given_meanwhile_the_run_goes_on(services, turn, waiting, woken):
    services.tokens.granted_now.add("Mail.Send")
    said = await sign_in_for_run.handler(SignInForRun(run=waiting.id), turn, services)
    assert said == f"You are signed in. {waiting.short_id} goes on."
    assert woken
    again = await sign_in_for_run.handler(SignInForRun(run=waiting.id), turn, services)
    assert again == f"{waiting.short_id} waits for no sign-in any more."


async def test_anothers_run_is_not_found(services, turn, waiting, storage, clock):
    ben = await storage.users.seen(
        microsoft_id="ben.tenant", email="ben@contoso.example", name="Ben", now=clock.now()
    )
    with pytest.raises(NotFoundError):
        await sign_in_for_run.handler(
            SignInForRun(run=waiting.id), replace(turn, user=ben), services
        )


async def test_a_permission_some_step_needs_is_asked_for_by_name(services, turn):
    with pytest.raises(SignInNeededError, match="send mail as you") as asked:
        await connect_by_button.handler(Connect(scope="Mail.Send"), turn, services)
    assert asked.value.scopes == ("Mail.Send",)
    with pytest.raises(RefusedError):
        await connect_by_button.handler(Connect(scope="Directory.ReadWrite.All"), turn, services)
    services.tokens.granted_now.add("Mail.Send")
    card = await connect_by_button.handler(Connect(scope="Mail.Send"), turn, services)
    assert "Send an email" in str(card.to_json())


async def test_checking_the_connection_says_what_microsoft_says(services, turn):
    async def well(user):
        return f"Microsoft 365 answers for {user.name}."

    async def badly(_user):
        raise RemoteError("Microsoft 365 is busy.", retryable=True)

    async def signed_out(_user):
        raise SignInNeededError("Sign in.", scopes=("User.Read",))

    async def check(how):
        return await check_connection.handler("", turn, replace(services, check_connection=how))

    assert (await check(well)).summary == "Microsoft 365 answers for Ana."
    failed = await check(badly)
    assert failed.summary == "Microsoft 365 is busy."
    assert failed.actions[0]["title"] == "Try again"
    with pytest.raises(SignInNeededError):
        await check(signed_out)
    with pytest.raises(RefusedError, match="Nobody can sign in"):
        await check(None)
