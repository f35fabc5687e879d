"""What a refusal of Entra's means to the person. Only `error` and `suberror` decide.

Source: Microsoft says of the AADSTS numbers and texts that they may change, and of these two
that programs may rely on them.
"""

from bot.auth.consent import asking_for, list_in_words
from bot.auth.entra import Answer
from storage.errors import ConsultFlowError, RemoteError, SignInNeededError

EXPIRED = "Session expired. Please login again."

_CONSENT = "consent_required"
_INTERACT = frozenset({"interaction_required", "login_required"})
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down", "request_timeout"})
_OURS = frozenset({"invalid_client", "unauthorized_client"})
_NEVER = "not_signed_in"
_DECLINED = "access_denied"


def refusal(answer: Answer, scopes: tuple[str, ...]) -> ConsultFlowError:
    """Make the error for an answer without a token."""
    error = str(answer.said.get("error") or "")
    if answer.status == 429 or answer.status >= 500 or error in _LATER or not error:
        return RemoteError(
            "Microsoft's sign-in is busy. Try again in a moment.",
            retryable=True,
            retry_after_seconds=_seconds(answer.retry_after),
        )
    return _for_the_person(answer, error, scopes) or _for_the_administrator(error, answer)


def lacks_consent(answer: Answer) -> bool:
    """Say whether a refusal is for a permission not given, or taken back."""
    return _CONSENT in (answer.said.get("error"), answer.said.get("suberror"))


def _for_the_person(
    answer: Answer, error: str, scopes: tuple[str, ...]
) -> SignInNeededError | None:
    suberror = str(answer.said.get("suberror") or "")
    claims = answer.said.get("claims")
    if suberror == _NEVER:
        return SignInNeededError(asking_for(scopes), scopes=scopes)
    if error == _DECLINED:
        return SignInNeededError(
            "You did not sign in, or did not allow it. Nothing has changed.", scopes=scopes
        )
    if lacks_consent(answer):
        return SignInNeededError(
            f"I need your permission to {list_in_words(scopes)}.", scopes=scopes
        )
    if error in _INTERACT or isinstance(claims, str):
        return SignInNeededError(
            "Your organisation asks you to sign in again, and perhaps to prove it is you.",
            scopes=scopes,
            claims=claims if isinstance(claims, str) else None,
        )
    if error == "invalid_grant":
        return SignInNeededError(EXPIRED, scopes=scopes)
    return None


def _for_the_administrator(error: str, answer: Answer) -> RemoteError:
    refused = RemoteError(
        "Microsoft refused the bot's own sign-in. Ask an administrator to check it."
        if error in _OURS
        else "Microsoft refused the sign-in. Ask an administrator to look at the bot's log.",
        retryable=False,
    )
    refused.__cause__ = RuntimeError(f"{error}: {answer.said.get('error_description')}")
    return refused


def _seconds(header: str | None) -> float | None:
    try:
        return None if header is None else min(max(float(header), 0.0), 3600.0)
    except ValueError:
        return None
