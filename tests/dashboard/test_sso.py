"""Signing in by an OpenID provider: whom it vouches for comes in, and no answer that does not hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from pydantic import SecretStr

from orario.service.people import SYSTEM, Role
from tests.api.serving import serving
from tests.api.site import Site, standing_site
from tests.dashboard.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()
    with serving(found.app) as address:
        found.issuer = address
        yield found


@pytest.fixture
def site(tmp_path: Path, provider: Provider) -> Iterator[Site]:
    settings: dict[str, Any] = {
        "sso_issuer": provider.issuer,
        "sso_client_id": "orario",
        "sso_client_secret": SecretStr("hush"),
        "sso_label": "Sign in with the shop",
    }
    with standing_site(tmp_path, **settings) as site:
        yield site


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client(None, prefix="") as client:
        yield client


def go(client: httpx.Client, onward: str = "/jobs") -> httpx.Response:
    """To the provider and back, as a browser does."""
    away = client.get("/sign-in/sso", params={"next": onward})
    assert away.status_code == 303, away.text
    back = httpx.get(away.headers["location"]).headers["location"]
    return client.get(back)


def test_whoever_is_known_by_a_checked_address_comes_in_and_is_known_by_the_account_from_then_on(
    site: Site, client: httpx.Client, provider: Provider
) -> None:
    assert "Sign in with the shop" in client.get("/sign-in").text
    site.runtime.services.users.create("ada@shop.example", Role.OPERATOR, SYSTEM)
    provider.claims = {"sub": "17", "email": "Ada@shop.example", "email_verified": True}
    answer = go(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert client.get("/jobs").status_code == 200
    client.cookies.clear()
    provider.claims = {"sub": "17"}
    assert go(client, "https://evil.example").headers["location"] == "/"
    client.cookies.clear()
    provider.claims = {"sub": "18", "email": "ada@shop.example", "email_verified": True}
    assert go(client).status_code == 401, "another account of the same address"


@pytest.mark.parametrize("claims", [{}, {"email": "ada@shop.example"}, {"email": "x@y.z", "email_verified": True}])
def test_whoever_is_not_known_stays_outside(
    site: Site, client: httpx.Client, provider: Provider, claims: Any
) -> None:
    site.runtime.services.users.create("ada@shop.example", Role.OPERATOR, SYSTEM)
    provider.claims = {"sub": "17"} | claims
    assert go(client).status_code == 401
    assert client.get("/jobs").status_code == 303


@pytest.mark.parametrize(
    "spoilt", [{"iss": "https://evil.example"}, {"aud": "another"}, {"exp": 1}, {"nonce": "x"}, {"sub": None}]
)
def test_a_token_that_says_something_else_opens_nothing(
    site: Site, client: httpx.Client, provider: Provider, spoilt: dict[str, Any]
) -> None:
    site.runtime.services.users.create("ada@shop.example", Role.OPERATOR, SYSTEM)
    provider.claims = {"sub": "17", "email": "ada@shop.example", "email_verified": True}
    provider.spoilt = spoilt
    assert go(client).status_code == 401


def test_a_foreign_signature_a_foreign_state_and_a_missing_ticket_open_nothing(
    site: Site, client: httpx.Client, provider: Provider
) -> None:
    site.runtime.services.users.create("ada@shop.example", Role.OPERATOR, SYSTEM)
    provider.claims = {"sub": "17", "email": "ada@shop.example", "email_verified": True}
    provider.signs_with = ECKey.generate_key("P-256", parameters={"kid": "one"})
    assert go(client).status_code == 401
    provider.signs_with = provider.key
    assert client.get("/sign-in/sso/back?code=the-code&state=planted").status_code == 401
    client.cookies.clear()
    assert client.get("/sign-in/sso/back?code=the-code&state=planted").status_code == 401
    assert go(client).status_code == 303


def test_without_a_provider_there_is_no_such_door(tmp_path: Path) -> None:
    with standing_site(tmp_path) as site, site.client(None, prefix="") as client:
        assert client.get("/sign-in/sso").status_code == 404
        assert "sign-in/sso" not in client.get("/sign-in").text
