"""`orario secrets`: the value comes from anywhere but the command line, and goes nowhere."""

from pathlib import Path

import pytest

from orario.cli.exits import Exit
from tests.cli.terminal import Orario

VALUE = "hunter2-hunter3"


def test_a_value_from_standard_input_is_set_without_its_line_end(orario: Orario) -> None:
    assert (
        orario("secrets", "set", "till", "--description", "of the shop", stdin=f"{VALUE}\n").out == "till is set.\n"
    )
    said = orario("secrets", "list")
    assert "till" in said.out
    assert "of the shop" in said.out
    created = orario(
        "jobs", "create", "A", "--task", "shop.close_the_day", "--every", "1h", "--arg", "branch=${secret:till}"
    )
    assert created.code == 0, created.err
    assert orario("secrets", "show", "till", "--json").json["usedBy"] == ["a"]
    assert VALUE not in said.out + said.err


def test_a_value_from_a_file_is_set(orario: Orario, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN-----\nabc\n-----END-----\n")
    assert orario("secrets", "set", "key", "--file", "key.pem", "--json").json["name"] == "key"
    assert orario("secrets", "set", "key", "--keep", "--description", "of the shop").code == 0
    assert orario("secrets", "show", "key", "--json").json["description"] == "of the shop"


def test_a_value_is_no_argument(orario: Orario) -> None:
    assert orario("secrets", "set", "till", VALUE).code == Exit.INVALID
    assert orario("secrets", "list", "--json").json["total"] == 0


def test_an_empty_value_and_an_odd_name_are_refused(orario: Orario) -> None:
    assert orario("secrets", "set", "till", stdin="\n").code == Exit.INVALID
    assert "name:" in orario("secrets", "set", "0", stdin="x").err


def test_a_secret_in_use_is_deleted_by_force_only(orario: Orario) -> None:
    orario("secrets", "set", "till", stdin=VALUE)
    orario("jobs", "create", "A", "--task", "shop.close_the_day", "--every", "1h", "--arg", "branch=${secret:till}")
    assert orario("secrets", "delete", "till").code == Exit.CONFLICT
    assert orario("secrets", "delete", "till", "--force").code == 0
    assert orario("secrets", "delete", "till").code == Exit.NOT_FOUND


def test_a_new_key_takes_over_and_the_old_one_can_go(
    orario: Orario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    orario("secrets", "set", "till", stdin=VALUE)
    monkeypatch.setenv("ORARIO_KEY", "the new one")
    assert "1 values were encrypted anew" in orario("secrets", "rotate").out
    (tmp_path / "orario.db.key").unlink()
    assert orario("secrets", "rotate", "--json").json == {"renewed": 0, "unreadable": []}
    monkeypatch.setenv("ORARIO_KEY", "a wrong one")
    said = orario("secrets", "rotate")
    assert said.code == Exit.FAILED
    assert "secrets till" in said.err
