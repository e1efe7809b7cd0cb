"""Commands on the database, and the doctor, with no server around."""

from pathlib import Path

import pytest

from orario.cli.exits import Exit
from tests.cli.terminal import Orario, orario_of


def test_looking_makes_no_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    orario = orario_of(monkeypatch, capsys)
    for command in (("jobs", "list"), ("status",), ("db", "check")):
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
    said = orario("db", "check")
    assert said.code == 0
    assert "file: is intact" in said.out


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
    assert orario("db", "check").code == orario("doctor").code == Exit.FAILED


def test_the_doctor_names_a_bad_setting(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_THREADS", "none")
    said = orario("doctor")
    assert said.code == Exit.FAILED
    assert "fail settings: ORARIO_THREADS is not valid" in said.out
