"""What the token endpoint says when it says no. Source: Entra, error codes and OAuth 2.0 5.2."""

import json
from datetime import datetime
from typing import Any

CAPOLIDS = json.dumps(
    {
        "access_token": {
            "capolids": {"essential": True, "values": ["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]}
        }
    },
    separators=(",", ":"),
)
_APP = "'{app}' named 'ConsultFlow'"
SAYS = {
    50011: "The redirect URI '{detail}' specified in the request does not match the redirect "
    "URIs configured for the application.",
    50013: "Assertion failed signature validation.",
    50020: "User account '{detail}' does not exist in the tenant and cannot access the "
    "application in that tenant.",
    50076: "Due to a configuration change made by your administrator, or because you moved to a "
    "new location, you must use multi-factor authentication.",
    50173: "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    53003: "Access has been blocked by Conditional Access policies. The access policy does not "
    "allow token issuance.",
    54005: "OAuth2 Authorization code was already redeemed, please retry with a new valid code "
    "or use an existing refresh token.",
    65001: "The user or administrator has not consented to use the application with ID "
    + _APP
    + ". Send an interactive authorization request for this user and resource.",
    65004: "User declined to consent to access the app.",
    70000: "Provided grant is invalid or malformed.",
    70003: "The app requested an unsupported grant type '{detail}'.",
    70008: "The provided authorization code is expired. Send a new interactive authorization "
    "request for this user and resource.",
    70011: "The provided value for the input parameter 'scope' isn't valid. The scope {detail} "
    "isn't valid.",
    90002: "Tenant '{detail}' not found. Check to make sure you have the correct tenant ID.",
    90094: "{detail} needs permission that only an admin can grant.",
    500131: "Assertion audience does not match the Client app presenting the assertion.",
    500133: "Assertion is not within its valid time range. Ensure that the access token is not "
    "expired before using it for user assertion, or request a new token.",
    501481: "The Code_Verifier does not match the code_challenge supplied in the authorization "
    "request.",
    700016: "Application with identifier '{detail}' was not found in the directory.",
    700027: "The certificate with identifier used to sign the client assertion is not registered "
    "on application, or its audience or time is wrong.",
    700082: "The refresh token has expired due to inactivity.",
    900144: "The request body must contain the following parameter: '{detail}'.",
    900561: "The endpoint only accepts POST requests. Received a {detail} request.",
    7000215: "Invalid client secret provided.",
    7000218: "The request body must contain the following parameter: 'client_assertion' or "
    "'client_secret'.",
    9002313: "Invalid request. Request is malformed or invalid: {detail}.",
    9002325: "Proof Key for Code Exchange with S256 is required for authorization code redemption.",
    90033: "A transient error has occurred. Please try again.",
}


class EntraRefusal(Exception):  # noqa: N818 - what the other side says, not a bug of ours
    """The endpoint says no. `status` is 400, or 401 for a client that is not who it says."""

    def __init__(
        self,
        number: int,
        error: str = "invalid_grant",
        *,
        detail: str = "",
        suberror: str | None = None,
        claims: str | None = None,
        status: int = 400,
    ) -> None:
        super().__init__(SAYS[number])
        self.number = number
        self.error = error
        self.detail = detail
        self.suberror = suberror
        self.claims = claims
        self.status = status

    def sentence(self, app_id: str = "") -> str:
        """Give the first line of the description."""
        return f"AADSTS{self.number}: " + SAYS[self.number].format(app=app_id, detail=self.detail)

    def body(self, *, app_id: str, now: datetime, trace: str, correlation: str) -> dict[str, Any]:
        """Give the JSON the endpoint answers. Source: Entra, OAuth 2.0 error responses."""
        stamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
        told = (
            f"{self.sentence(app_id)}\r\nTrace ID: {trace}\r\n"
            f"Correlation ID: {correlation}\r\nTimestamp: {stamp}"
        )
        found = {
            "error": self.error,
            "error_description": told,
            "error_codes": [self.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
            "suberror": self.suberror,
            "claims": self.claims,
        }
        return {name: value for name, value in found.items() if value is not None}


def consent_required() -> EntraRefusal:
    """Say that the person has not agreed to what is asked."""
    return EntraRefusal(65001, suberror="consent_required")


def second_step_required() -> EntraRefusal:
    """Say that the person must sign in again with a second step."""
    return EntraRefusal(50076, "interaction_required", suberror="basic_action", claims=CAPOLIDS)
