"""Signing in by an OpenID provider: authorization code with PKCE, an id token whose every claim is checked."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from threading import Lock
from time import monotonic
from typing import Any

import httpx
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from orario.core.errors import NotAuthenticated

_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_LASTS = 3600.0  # seconds for which the provider's description and keys are believed
_SECONDS = 10.0
_LEEWAY = 60  # seconds that the clocks may differ


@dataclass(frozen=True)
class Ticket:
    """What the browser brings back from the provider, so that nobody else's answer is taken for its own."""

    state: str
    nonce: str
    verifier: str
    onward: str

    @classmethod
    def new(cls, onward: str) -> "Ticket":
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, onward)

    @classmethod
    def read(cls, text: str) -> "Ticket | None":
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    def written(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for. `email` only where it says that it has checked it."""

    subject: str
    email: str | None


class Provider:
    """One OpenID provider."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self._issuer, self._client_id, self._secret = issuer, client_id, client_secret
        self._known: tuple[float, Mapping[str, Any], KeySet] | None = None
        self._lock = Lock()

    def address(self, ticket: Ticket, back: str) -> str:
        """Where the browser goes to sign in."""
        described, _ = self._described()
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                described["authorization_endpoint"],
                state=ticket.state,
                nonce=ticket.nonce,
                code_verifier=ticket.verifier,
            )
        return str(address)

    def vouched(self, ticket: Ticket, back: str, query: Mapping[str, str]) -> Vouched:
        """Whom the provider's answer is about; NotAuthenticated for an answer that does not hold."""
        if "error" in query or not secrets.compare_digest(query.get("state", ""), ticket.state):
            raise NotAuthenticated("The sign-in was cancelled, or is too old. Try again.")
        described, keys = self._described()
        try:
            with self._client(back) as client:
                told = client.fetch_token(
                    described["token_endpoint"], code=query.get("code", ""), code_verifier=ticket.verifier
                )
            claims = self._checked(told.get("id_token", ""), keys, ticket.nonce)
        except (OAuthError, JoseError, ValueError, httpx.HTTPError):
            self._known = None  # its keys may have changed
            raise NotAuthenticated("The sign-in service gave an answer that does not hold. Try again.") from None
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Vouched(f"{self._issuer} {claims['sub']}", email)

    def _checked(self, token: str, keys: KeySet, nonce: str) -> Mapping[str, Any]:
        claims: Mapping[str, Any] = jwt.decode(token, keys, algorithms=_SIGNED_BY).claims
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        rules.validate(dict(claims))
        return claims

    def _client(self, back: str) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._client_id,
            client_secret=self._secret,
            redirect_uri=back,
            scope="openid email profile",
            code_challenge_method="S256",
            timeout=_SECONDS,
        )

    def _described(self) -> tuple[Mapping[str, Any], KeySet]:
        with self._lock:
            if self._known is None or self._known[0] < monotonic():
                self._known = (monotonic() + _LASTS, *self._fetch())
            return self._known[1], self._known[2]

    def _fetch(self) -> tuple[Mapping[str, Any], KeySet]:
        try:
            with httpx.Client(timeout=_SECONDS) as client:
                place = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                described = client.get(place).raise_for_status().json()
                if described["issuer"] != self._issuer:
                    raise ValueError("it calls itself otherwise")
                keys = client.get(described["jwks_uri"]).raise_for_status().json()
            return described, KeySet.import_key_set(keys)
        except (httpx.HTTPError, JoseError, ValueError, KeyError) as error:
            raise NotAuthenticated("The sign-in service does not answer as it should; sign in otherwise.") from error
