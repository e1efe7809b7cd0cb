"""Copies of the database, made while it is written to, and put back."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from orario.cli.exits import Exit
from orario.store import copying
from tests.cli.serving import serving
from tests.cli.terminal import Orario, orario_of

EVERY = ("--task", "shop.close_the_day", "--every", "5m")


def make_job(orario: Orario, name: str) -> None:
    assert orario("jobs", "create", name, *EVERY).code == 0


def slugs(orario: Orario) -> list[str]:
    return sorted(job["slug"] for job in orario("jobs", "list", "--json").json["jobs"])


@pytest.mark.parametrize("packed", [(), ("--compress",)])
def test_what_was_there_at_the_backup_is_there_after_the_restore(
    orario: Orario, tmp_path: Path, packed: tuple[str, ...]
) -> None:
    make_job(orario, "One")
    before = slugs(orario)
    copy = orario("db", "backup", *packed, "--json").json["file"]
    make_job(orario, "Two")
    said = orario("db", "restore", copy, "--json")
    assert said.code == 0
    assert slugs(orario) == before
    with closing(sqlite3.connect(said.json["aside"])) as kept:
        assert kept.execute("SELECT COUNT(*) FROM jobs").fetchone()[0] == len(before) + 1
    assert orario("db", "verify").code == 0


def test_a_copy_is_of_one_moment_however_much_is_written_meanwhile(orario: Orario, tmp_path: Path) -> None:
    file, end = tmp_path / "orario.db", Event()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE pairs (one INTEGER, other INTEGER)")
        connection.executemany("INSERT INTO pairs VALUES (?, ?)", [(number, -number) for number in range(200_000)])
        connection.commit()

    def write() -> None:
        with closing(sqlite3.connect(file)) as connection:
            while not end.is_set():
                connection.execute("UPDATE pairs SET one = one + 1, other = other - 1")
                connection.commit()

    writer = Thread(target=write)
    writer.start()
    try:
        copying.copy_sqlite(file, tmp_path / "copy.db", lambda done, total: None)
    finally:
        end.set()
        writer.join()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute(
            "SELECT COUNT(*), SUM(one + other), COUNT(DISTINCT one - rowid) FROM pairs"
        ).fetchone() == (
            200_000,
            0,
            1,
        )


def test_a_backup_overwrites_nothing(orario: Orario, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")
    said = orario("db", "backup", "copy.db")
    assert said.code == Exit.CONFLICT and "overwrites nothing" in said.err
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_copy_that_was_changed_is_refused_and_nothing_happens(orario: Orario, tmp_path: Path) -> None:
    make_job(orario, "One")
    before = slugs(orario)
    orario("db", "backup", "copy.db")
    with (tmp_path / "copy.db").open("r+b") as copy:
        copy.seek(5000)
        copy.write(b"rot")
    said = orario("db", "restore", "copy.db")
    assert said.code == Exit.CONFLICT and "its checksum differs" in said.err
    assert slugs(orario) == before


@pytest.mark.parametrize("name", ["list.txt", "list.gz"])
def test_what_is_no_backup_is_refused(orario: Orario, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("shopping list\n" * 500)
    said = orario("db", "restore", name)
    assert said.code == Exit.CONFLICT
    assert orario("db", "verify").code == 0
    assert not list(tmp_path.glob(".orario-restore-*"))


def test_a_copy_of_a_newer_orario_is_refused(orario: Orario, tmp_path: Path) -> None:
    orario("db", "backup", "copy.db")
    (tmp_path / "copy.db.sha256").unlink()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        copy.execute("UPDATE orario_version SET version_num = '9999'")
        copy.commit()
    said = orario("db", "restore", "copy.db")
    assert said.code == Exit.CONFLICT and "was written by a newer one" in said.err


def test_a_backup_is_made_beside_a_running_server_and_not_restored_under_it(orario: Orario, tmp_path: Path) -> None:
    make_job(orario, "One")
    with serving(tmp_path, "--apps", "http") as server:
        assert orario("db", "backup", "copy.db").code == 0
        refused = orario("db", "restore", "copy.db")
        assert refused.code == Exit.CONFLICT
        assert "A server is running on this database" in refused.err and "--force" in refused.err
        assert orario("db", "vacuum").code == 0
        assert orario("db", "vacuum", "--full").code == Exit.CONFLICT
        assert orario("db", "verify").code == 0
        server.stop()
    assert orario("db", "restore", "copy.db").code == 0


def test_a_file_shrinks_by_what_was_forgotten(orario: Orario, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "orario.db")) as connection:
        connection.execute("CREATE TABLE ballast (text TEXT)")
        connection.executemany("INSERT INTO ballast VALUES (?)", [("x" * 1000,)] * 5000)
        connection.commit()
        connection.execute("DROP TABLE ballast")
        connection.commit()
    before = orario("db", "size", "--json").json
    assert before["free"] > 4_000_000
    shrunk = orario("db", "vacuum", "--json").json
    assert shrunk["after"] < shrunk["before"] / 5
    after = orario("db", "size", "--json").json
    assert after["free"] == 0
    assert {one["name"] for one in after["tables"]} >= {"jobs", "executions", "rollups"}


@pytest.fixture
def on_postgresql(postgresql_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orario:
    """The command, on a database server."""
    monkeypatch.setenv("ORARIO_DATABASE_URL", postgresql_url)
    return orario_of(monkeypatch, capsys)


def test_postgresql_is_dumped_and_put_back(on_postgresql: Orario, tmp_path: Path) -> None:
    orario = on_postgresql
    make_job(orario, "One")
    before = slugs(orario)
    copy = orario("db", "backup", "--json").json["file"]
    make_job(orario, "Two")
    said = orario("db", "restore", copy, "--json")
    assert said.code == 0, said.err
    assert slugs(orario) == before
    assert Path(said.json["aside"]).stat().st_size > 1000
    assert orario("db", "verify").code == 0


def test_postgresql_is_measured_and_vacuumed(on_postgresql: Orario) -> None:
    orario = on_postgresql
    make_job(orario, "One")
    found = {one["name"]: one for one in orario("db", "size", "--json").json["tables"]}
    assert found["jobs"]["rows"] >= 1 and found["jobs"]["bytes"] > 8192
    for command in (("vacuum",), ("vacuum", "--full"), ("prune",)):
        assert orario("db", *command).code == 0


def test_what_is_no_dump_is_refused(on_postgresql: Orario, tmp_path: Path) -> None:
    (tmp_path / "list.dump").write_text("shopping list")
    said = on_postgresql("db", "restore", "list.dump")
    assert said.code == Exit.CONFLICT and "pg_restore failed" in said.err
