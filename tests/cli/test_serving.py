"""`orario serve` that cannot start: a non-zero end, and one sentence that names what is wrong."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.cli import server
from orario.cli.exits import Exit
from tests.cli.terminal import Orario, orario_of


@pytest.fixture
def orario(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orario:
    return orario_of(monkeypatch, capsys)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_and_starts_nothing(orario: Orario, taken_port: int, tmp_path: Path) -> None:
    said = orario("serve", "--port", str(taken_port))
    assert said.code == Exit.CONFLICT
    assert said.err.startswith(f"Error: Port {taken_port} is taken on 127.0.0.1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ORARIO_PORT", "70000"),
        ("ORARIO_PORT", "soon"),
        ("ORARIO_DATABASE_URL", "mysql://x"),
        ("ORARIO_DATABASE_URL", "sqlite:///"),
        ("ORARIO_HEARTBEAT_SECONDS", "0"),
        ("ORARIO_TIMEZONE", "Mars/Olympus"),
        ("ORARIO_LOG_FORMAT", "xml"),
        ("ORARIO_HOST", "no.such.host.invalid"),
    ],
)
def test_a_bad_setting_is_named(
    orario: Orario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    said = orario("serve")
    assert said.code == Exit.INVALID
    assert said.err.startswith(f"Error: {variable} ")
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("app", "sentence"),
    [
        ("nosuchapp", "there is no app 'nosuchapp'"),
        ("no.such.module:app", "the app 'no.such.module:app' cannot be loaded"),
        ("tests.cli.shop:nothing", "the app 'tests.cli.shop:nothing' cannot be loaded"),
        ("tests.cli.shop:close_the_day", "is a function, not an App"),
    ],
)
def test_an_unknown_app_is_named(
    orario: Orario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, app: str, sentence: str
) -> None:
    said = orario("serve", "--port", "0", "--apps", app)
    assert said.code == Exit.INVALID
    assert sentence in said.err
    assert list(tmp_path.iterdir()) == []


def test_the_address_is_one_that_can_be_called() -> None:
    for host, shown in (("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:")):
        listener = server.listen(host, 0)
        try:
            assert server.address_of(listener) == f"{shown}{listener.getsockname()[1]}"
        finally:
            listener.close()
