"""An OpenID provider that vouches for whomever the test says."""

import base64
import hashlib
import time
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route


class Provider:
    """Signs what it says; `spoilt` claims are put over the right ones."""

    def __init__(self) -> None:
        self.issuer = ""
        self.claims: dict[str, Any] = {}
        self.spoilt: dict[str, Any] = {}
        self.key = ECKey.generate_key("P-256", parameters={"kid": "one"})
        self.signs_with = self.key
        self._asked: dict[str, str] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._described),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    async def _described(self, request: Request) -> Response:
        ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return JSONResponse({"issuer": self.issuer} | {name: self.issuer + path for name, path in ends.items()})

    async def _authorize(self, request: Request) -> Response:
        self._asked = dict(request.query_params)
        assert self._asked["code_challenge_method"] == "S256" and self._asked["client_id"] == "orario"
        query = urlencode({"code": "the-code", "state": self._asked["state"]})
        return RedirectResponse(f"{self._asked['redirect_uri']}?{query}", 302)

    async def _token(self, request: Request) -> Response:
        form = dict(pair.split("=") for pair in (await request.body()).decode().split("&"))
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if form["code"] != "the-code" or proof != self._asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "orario", "exp": now + 60, "iat": now, "nonce": self._asked["nonce"]}
        token = jwt.encode({"alg": "ES256", "kid": "one"}, claims | self.claims | self.spoilt, self.signs_with)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})
