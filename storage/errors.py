"""Everything that can go wrong, as one tree.

ConsultFlowError                    a sentence its reader can act on
├── NotFoundError                   no such thing, or not theirs
├── RefusedError                    asked for something that is not allowed or makes no sense
├── StaleError                      somebody changed it in between
├── LeaseLostError                  another worker holds the run now
├── UnavailableError                the database does not answer; try again in a moment
├── SealError                       a sealed secret cannot be opened
├── SettingsError                   the program cannot start as configured
├── RemoteError                     a service we called refused
│   ├── ConnectorError              Teams did (bot/teams/connector.py)
│   └── GraphError                  Microsoft 365 did; says what is missing
├── SignInNeededError               this person has to sign in, or to consent, first
├── UnknownOutcomeError             done or not, nobody can tell (bot/workflows/action.py)
├── FormError                       a card's answers do not fit (cards/forms.py)
├── CardTooLargeError               more than fits on a card (cards/elements.py)
└── ScriptError                     a played conversation went otherwise (bot/local/script_file.py)

A user may read every message; technical detail goes to the cause.
"""

_TOO_MANY = 429


class ConsultFlowError(Exception):
    """Something went wrong in a way we foresaw; str() is a sentence for its reader."""


class NotFoundError(ConsultFlowError):
    """There is no such thing, or it belongs to somebody else: the two look the same."""


class RefusedError(ConsultFlowError):
    """What was asked for is not allowed or makes no sense; the message says what would."""


class StaleError(ConsultFlowError):
    """The thing was changed by somebody else since it was read."""


class LeaseLostError(ConsultFlowError):
    """Another worker holds this run now: stop without another effect."""


class UnavailableError(ConsultFlowError):
    """The database did not answer in time; nothing was lost."""

    def __init__(self, message: str = "I can't reach my storage. Try again in a moment.") -> None:
        super().__init__(message)


class SealError(ConsultFlowError):
    """A sealed secret cannot be opened: wrong key, wrong owner, or changed bytes."""


class SettingsError(ConsultFlowError):
    """The program cannot start as it is configured; the message names every fault at once."""


class RemoteError(ConsultFlowError):
    """A service we called refused; retryable says whether to ask again."""

    def __init__(
        self, message: str, *, retryable: bool, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds

    @property
    def turned_away(self) -> bool:
        """Say whether the service surely did nothing, so that asking again does no harm."""
        return self.retryable


class GraphError(RemoteError):
    """Microsoft 365 refused. `status` and `code` are Graph's; `scope` the permission it misses."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        scope: str | None = None,
        retryable: bool = False,
        retry_after_seconds: float | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message, retryable=retryable, retry_after_seconds=retry_after_seconds)
        self.status = status
        self.code = code
        self.scope = scope
        self.sent = sent  # False when the request surely never reached the service

    @property
    def turned_away(self) -> bool:
        """Say whether Microsoft 365 surely did nothing."""
        return self.status == _TOO_MANY or not self.sent


class SignInNeededError(ConsultFlowError):
    """Nothing can be done for this person before they sign in or consent.

    `scopes` is what is needed, `claims` what a conditional access policy asks for.
    """

    def __init__(self, message: str, *, scopes: tuple[str, ...], claims: str | None = None) -> None:
        super().__init__(message)
        self.scopes = scopes
        self.claims = claims
