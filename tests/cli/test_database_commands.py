"""Commands on the database, and the doctor, with no server around."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from orario.cli.exits import Exit
from tests.cli.terminal import Orario, orario_of


def test_looking_makes_no_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    orario = orario_of(monkeypatch, capsys)
    for command in (("jobs", "list"), ("status",), ("db", "verify"), ("db", "size"), ("db", "backup")):
        said = orario(*command)
        assert said.code == Exit.UNREACHABLE
        assert "There is no database at" in said.err
    assert list(tmp_path.iterdir()) == []


def test_the_path_is_that_of_the_file(orario: Orario, tmp_path: Path) -> None:
    assert orario("db", "path").out == f"{tmp_path / 'orario.db'}\n"


def test_a_password_is_not_part_of_the_path(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_DATABASE_URL", "postgresql://anna:hidden@db.example/orario")
    assert "hidden" not in orario("db", "path").out


def test_a_fresh_database_is_whole(orario: Orario) -> None:
    said = orario("db", "verify")
    assert said.code == 0
    assert "file: is intact" in said.out
    assert "ledger: every due moment is one execution or in a gap" in said.out


def test_what_is_broken_is_told_and_mended_when_asked_to(orario: Orario, tmp_path: Path) -> None:
    assert orario("jobs", "create", "One", "--task", "shop.close_the_day", "--every", "5m").code == 0
    with closing(sqlite3.connect(tmp_path / "orario.db")) as connection:
        connection.execute(
            "UPDATE cursors SET success_count = 3 WHERE job_id = (SELECT id FROM jobs WHERE slug = 'one')"
        )
        connection.commit()
    said = orario("db", "verify")
    assert said.code == Exit.FAILED
    assert "fail counters: job one has counted 3 success and has 0" in said.out
    assert "-> `orario db verify --repair` mends it." in said.out
    assert "has 0: mended" in orario("db", "verify", "--repair").out
    assert orario("db", "verify").code == 0


def test_pruning_by_hand_says_what_is_gone(orario: Orario) -> None:
    said = orario("db", "prune", "--days", "30")
    assert (said.code, said.out) == (0, "There was nothing to remove.\n")
    assert orario("db", "prune", "--json").json["executions"] == 0


def test_migrating_twice_is_migrating_once(orario: Orario) -> None:
    first, second = orario("db", "migrate"), orario("db", "migrate")
    assert (first.code, first.out) == (second.code, second.out)


def test_the_doctor_finds_a_fresh_place_well_and_says_how_to_go_on(orario: Orario) -> None:
    said = orario("doctor")
    assert said.code == 0
    assert "warn leader: no instance leads" in said.out
    assert "-> Start one with `orario serve`." in said.out


def test_the_doctor_fails_on_a_key_that_others_can_read(orario: Orario, tmp_path: Path) -> None:
    key = tmp_path / "orario.db.key"
    key.touch()
    key.chmod(0o644)
    said = orario("doctor", "--json")
    assert said.code == Exit.FAILED
    (finding,) = [one for one in said.json if one["verdict"] == "fail"]
    assert finding["what"] == "key"


def test_the_doctor_fails_on_a_database_that_cannot_be_written(
    orario: Orario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORARIO_DATABASE_URL", "sqlite:////dev/null")
    said = orario("doctor")
    assert said.code == Exit.FAILED
    assert "fail database:" in said.out


def test_a_file_that_is_no_database_is_told_in_a_sentence(orario: Orario, tmp_path: Path) -> None:
    (tmp_path / "orario.db").write_text("shopping list\n" * 100)
    for command in (("jobs", "list"), ("db", "migrate"), ("serve", "--port", "0")):
        said = orario(*command)
        assert said.code == Exit.INVALID
        assert said.err.startswith("Error: ORARIO_DATABASE_URL: cannot open the database")
        assert said.err.endswith("file is not a database\n")
    assert orario("db", "verify").code == orario("doctor").code == Exit.FAILED


def test_the_doctor_names_a_bad_setting(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_THREADS", "none")
    said = orario("doctor")
    assert said.code == Exit.FAILED
    assert "fail settings: ORARIO_THREADS is not valid" in said.out


def test_the_tables_of_apps_are_migrated_and_verified_too(
    orario: Orario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORARIO_APPS", "directory")
    said = orario("db", "verify")
    assert said.code == 0 and "directory has no tables yet" in said.out
    assert "apps: directory" in orario("db", "migrate").out
    assert "their tables are those of the code" in orario("db", "verify").out
    with closing(sqlite3.connect(tmp_path / "orario.db")) as connection:
        connection.execute("DROP INDEX ix_directory_users_dn")
        connection.commit()
    assert "the index ix_directory_users_dn is not there: mended" in orario("db", "verify", "--repair").out
    assert orario("db", "verify").code == 0
    with closing(sqlite3.connect(tmp_path / "orario.db")) as connection:
        connection.execute("UPDATE orario_directory_version SET version_num = '9'")
        connection.commit()
    newer = orario("db", "verify")
    assert newer.code == 1 and "directory has tables of version 9" in newer.out
    assert orario("db", "migrate").code == 2
