"""What is printed is safe for terminals and fit for pipes."""

import pytest

from orario.cli import show
from orario.cli.show import Column

COLUMNS = (
    Column("NAME", lambda row: str(row["name"])),
    Column("COUNT", lambda row: str(row["count"]), is_number=True),
)


def test_a_piped_table_is_plain_and_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(COLUMNS, [{"name": "n" * 300, "count": 1}, {"name": "[red]x[/red]", "count": 20}], empty="")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["NAME", "COUNT"]
    assert lines[1].split() == ["n" * 300, "1"]
    assert lines[2].split() == ["[red]x[/red]", "20"]


def test_an_empty_table_is_silent_on_stdout_and_says_so_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(COLUMNS, [], empty="Nothing here.")
    said = capsys.readouterr()
    assert (said.out, said.err.strip()) == ("", "Nothing here.")


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert show.text("a\x1b[31mb\x07").plain == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}"
