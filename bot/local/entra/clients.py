"""The app as it is registered in the local Entra, and how it proves that it is itself."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.clock import Clock
from bot.local.entra.replies import EntraRefusal

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(slots=True)
class Registration:
    """One app registration. `redirect_uris` match letter by letter; certificates: public keys."""

    app_id: str
    secret: str
    redirect_uris: set[str] = field(default_factory=set)
    certificates: list[RSAPublicKey] = field(default_factory=list)

    def named(self, client_id: str | None) -> None:
        """Go on when this is the app that is asked for. Errors: EntraRefusal 700016."""
        if not client_id:
            raise EntraRefusal(900144, "invalid_request", detail="client_id")
        if client_id != self.app_id:
            raise EntraRefusal(700016, "unauthorized_client", detail=client_id)

    def prove(self, form: Mapping[str, str], endpoints: tuple[str, ...], clock: Clock) -> None:
        """Go on when secret or assertion are the app's. Errors: EntraRefusal, status 401."""
        if "client_assertion" in form:
            if form.get("client_assertion_type") != _ASSERTION:
                raise EntraRefusal(900144, "invalid_request", detail="client_assertion_type")
            if not self._signed(form["client_assertion"], endpoints, clock):
                raise EntraRefusal(700027, "invalid_client", status=401)
            return
        if "client_secret" not in form:
            raise EntraRefusal(7000218, "invalid_client", status=401)
        if not hmac.compare_digest(form["client_secret"].encode(), self.secret.encode()):
            raise EntraRefusal(7000215, "invalid_client", status=401)

    def _signed(self, assertion: str, endpoints: tuple[str, ...], clock: Clock) -> bool:
        for key in self.certificates:
            try:
                claims = jwt.decode(
                    assertion,
                    key,
                    algorithms=["RS256", "PS256"],
                    audience=list(endpoints),
                    options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
                )
            except jwt.InvalidTokenError:
                continue
            own = claims.get("iss") == claims.get("sub") == self.app_id
            expires = claims.get("exp")
            return own and isinstance(expires, int | float) and clock.now().timestamp() < expires
        return False
