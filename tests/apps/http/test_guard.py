"""HTTP jobs and the addresses under which clouds hand out credentials."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from orario import GiveUp, OrarioError
from orario.apps.http import app
from orario.apps.http.guard import Blocked, guarded_socket, is_blocked
from orario.apps.http.sessions import sessions
from orario.apps.http.settings import HttpSettings
from tests.apps.http.site import site
from tests.apps.notebook import call

METADATA = "169.254.169.254"


@pytest.mark.parametrize(
    "address",
    [
        METADATA,
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_these_addresses_are_blocked(address: str) -> None:
    assert is_blocked(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "8.8.8.8", "2001:db8::1", "fd00::1"]
)
def test_these_addresses_are_open_to_jobs(address: str) -> None:
    assert not is_blocked(address)


def test_the_address_is_looked_at_when_the_socket_is_made_whatever_name_led_to_it() -> None:
    with pytest.raises(Blocked):
        guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "innocent.example", (METADATA, 80)))


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with site() as address:
        yield address
        await sessions.close()


async def refusal(url: str, **args: Any) -> OrarioError:
    with pytest.raises(OrarioError) as error:
        await call(app, "http.request", url=url, timeout=2, **args)
    return error.value


@pytest.mark.anyio
@pytest.mark.parametrize(
    "host",
    [
        METADATA,
        "0xA9FEA9FE",
        "[::ffff:169.254.169.254]",
        "[fe80::1]",
        "metadata.google.internal",
        "METADATA.GOOGLE.INTERNAL.",
    ],
)
async def test_a_job_may_not_call_it_however_it_is_written(address: str, host: str) -> None:
    error = await refusal(f"http://{host}/latest/meta-data/")
    assert "link-local or cloud-metadata" in error.message
    assert "ORARIO_HTTP_ALLOW_LINK_LOCAL" in error.message
    assert isinstance(error, GiveUp), "trying again does not help"


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["2852039166", "0251.0376.0251.0376", "169.254.169.254."])
async def test_other_spellings_of_it_are_no_addresses_at_all(address: str, host: str) -> None:
    assert "not a canonical IPv4 address" in (await refusal(f"http://{host}/")).message


@pytest.mark.anyio
@pytest.mark.parametrize("target", [f"http://{METADATA}/", "http://metadata.google.internal/"])
async def test_a_redirect_does_not_lead_there(address: str, target: str) -> None:
    assert "link-local or cloud-metadata" in (await refusal(f"{address}/redirect?to={target}")).message


@pytest.mark.anyio
async def test_the_setting_opens_the_way(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_HTTP_ALLOW_LINK_LOCAL", "true")
    monkeypatch.setattr(sessions, "settings", HttpSettings())
    # Nobody is there, or nobody may go there, but the guard is not who says so.
    assert "link-local" not in (await refusal(f"http://{METADATA}:1/", method="HEAD")).message
