"""Copies of the database: made while it is used, found again, put back; and single texts that are sealed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, select

from orario import App, OnDemand
from orario.core.errors import Conflict, NotFound
from orario.store import resealing
from orario.store.database import Database
from orario.store.vault import Vault
from orario.testing import Harness
from tests.servers.postgresql import PostgreSQL


def make_app() -> App:
    app = App("shop")

    @app.task(schedule=OnDemand())
    def close_the_day() -> None:
        """Close the books of the day."""

    return app


@pytest.fixture
def empty(empty_database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a second database, with nothing in it, of the same kind."""
    if empty_database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    with cluster.database() as name:
        yield cluster.url(name)


def test_a_copy_is_found_verified_and_put_back_elsewhere(empty_database_url: str, empty: str, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    with Harness(make_app(), database_url=empty_database_url) as harness:
        harness.trigger("close_the_day")
        copies = harness.services.copies
        told: list[tuple[int, int]] = []
        made = copies.make(folder, name="nightly", on_progress=lambda *how_far: told.append(how_far))
        assert made.is_verified and made.size_bytes == made.path.stat().st_size and len(made.sha256) == 64
        assert copies.list(folder) == [made] == [copies.verify(made.path)]
        with pytest.raises(Conflict, match="overwrites nothing"):
            copies.make(folder, name="nightly")
        copies.restore(made.path, empty)
        other = Database(empty)
        with other.reading() as connection:
            assert connection.exec_driver_sql("SELECT COUNT(*) FROM executions").scalar_one() == 1
        other.close()
        assert copies.prune(folder, made.made_at) == []
        assert copies.prune(folder, made.made_at + timedelta(seconds=1)) == [made]
        assert [one for one in folder.iterdir() if one.suffix != ".aside"] == []


@pytest.mark.one_database
def test_what_is_broken_off_or_damaged_is_no_copy(empty_database_url: str, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with Harness(make_app(), database_url=empty_database_url) as harness:
        copies = harness.services.copies
        with pytest.raises(InterruptedError):
            copies.make(tmp_path / "copies", on_progress=stop)
        assert list((tmp_path / "copies").iterdir()) == []
        made = copies.make(tmp_path / "copies", compress=False)
        with made.path.open("r+b") as file:
            file.seek(8000)
            file.write(b"rot")
        with pytest.raises(Conflict, match="its checksum differs"):
            copies.verify(made.path)
        with pytest.raises(Conflict, match="its checksum differs"):
            copies.restore(made.path, tmp_path / "other.db")
        with pytest.raises(NotFound):
            copies.verify(tmp_path / "nothing.db")
        (tmp_path / "copies" / "by-hand.dump").write_bytes(b"PGDMP")
        with pytest.raises(Conflict, match="other kind"):
            copies.restore(tmp_path / "copies" / "by-hand.dump", tmp_path / "other.db")
        assert not (tmp_path / "other.db").exists()


@pytest.mark.one_database
def test_what_an_app_seals_is_unreadable_at_rest_and_moves_to_a_new_key(
    empty_database_url: str, tmp_path: Path
) -> None:
    tables = MetaData()
    accounts = Table(
        "shop_accounts",
        tables,
        Column("id", Integer, primary_key=True),
        Column("password", Text, info={"sealed": "text"}),
    )
    app = App("shop", tables=tables)
    with Harness(app, database_url=empty_database_url) as harness:
        sealed = harness.services.sealing.seal("Schlüssel🔑")
        assert "Schl" not in sealed and harness.services.sealing.open(sealed) == "Schlüssel🔑"
        vault = Vault.beside(tmp_path / "orario.db", "a newer one,of a test")
        with harness.runtime.database.writing() as connection:
            connection.execute(accounts.insert().values(id=1, password=sealed))
            [place] = [one for one in resealing.places(connection) if one.column is accounts.c.password]
            assert resealing.renew(connection, place, None, vault).renewed == 1
            moved = connection.execute(select(accounts.c.password)).scalar_one()
        assert Vault.beside(tmp_path / "orario.db", "a newer one").open({"$sealed": moved}) == "Schlüssel🔑"
