"""The command `orario db migrate-to`: what it refuses, what it says, and the key that it takes along."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.cli.exits import Exit
from tests.cli.terminal import Orario
from tests.servers.pgbouncer import pooled
from tests.servers.postgresql import PostgreSQL

EVERY = ("--task", "shop.close_the_day", "--every", "5m")


@pytest.fixture
def target(postgresql: PostgreSQL) -> Iterator[str]:
    """An empty database behind a pooler in transaction mode, where no session belongs to anybody."""
    with postgresql.database() as name, pooled(postgresql, name) as url:
        yield url


def test_a_file_without_a_server_moves_with_the_key_of_its_secrets(
    orario: Orario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str
) -> None:
    assert orario("jobs", "create", "Close", *EVERY).code == 0
    assert orario("secrets", "set", "till", stdin="tok-51c8e0f2a94d").code == 0
    said = orario("db", "migrate-to", "-", "--json", stdin=f"{target}\n")
    assert said.code == 0, said.err
    assert {"secondsStill", "rowsPerSecond", "faults"} < said.json.keys()
    assert (said.json["rows"]["jobs"], said.json["rows"]["secrets"]) == (len(_slugs(orario, monkeypatch, target)), 1)
    assert said.json["key"] == str(tmp_path / "orario.key")
    assert (tmp_path / "orario.key").read_bytes() == (tmp_path / "orario.db.key").read_bytes()
    assert (tmp_path / "orario.key").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "orario.db.move").exists()
    monkeypatch.delenv("ORARIO_DATABASE_URL")
    refused = orario("jobs", "list")
    assert refused.code == Exit.INVALID and "set ORARIO_DATABASE_URL to where it is now" in refused.err


def _slugs(orario: Orario, monkeypatch: pytest.MonkeyPatch, url: str) -> list[str]:
    monkeypatch.setenv("ORARIO_DATABASE_URL", url)
    assert orario("db", "verify").code == 0
    return [job["slug"] for job in orario("jobs", "list", "--json").json["jobs"]]


def test_what_cannot_move_is_refused_with_a_sentence(orario: Orario, tmp_path: Path) -> None:
    nowhere = "postgresql:///nothing?host=/nowhere"
    refused = [
        (("sqlite:///other.db",), Exit.INVALID, "must start with postgresql://"),
        ((), Exit.INVALID, "Where to?"),
        (("--take-back",), Exit.CONFLICT, "not on its way anywhere"),
    ]
    for arguments, code, sentence in refused:
        said = orario("db", "migrate-to", *arguments)
        assert (said.code, sentence in said.err) == (code, True), said.err
    assert orario("jobs", "create", "Close", *EVERY).code == 0  # makes the key
    (tmp_path / "orario.key").write_text("another")
    said = orario("db", "migrate-to", nowhere)
    assert said.code == Exit.CONFLICT and "is another key than" in said.err
    with (tmp_path / "orario.db.move").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = orario("db", "migrate-to", nowhere)
        assert said.code == Exit.CONFLICT and "by another process" in said.err
