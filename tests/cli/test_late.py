"""A command waits only for what it needs itself."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from orario.cli import Commands, run

_SEES = "import sys; from orario.cli import run; run({words!r}); print(*sys.modules, file=sys.stderr)"


@pytest.mark.parametrize(
    ("words", "needed", "not_needed"),
    [
        (["version"], {"orario.cli.version"}, {"orario.cli.ping", "httpx", "alembic", "fastapi"}),
        (["ping", "--help"], {"orario.cli.ping", "httpx"}, {"orario.cli.db", "alembic", "fastapi"}),
        (["db", "--help"], {"orario.cli.db", "alembic"}, {"orario.cli.jobs", "fastapi"}),
    ],
)
def test_a_command_imports_what_it_needs_and_not_what_others_need(
    words: list[str], needed: set[str], not_needed: set[str]
) -> None:
    command = [sys.executable, "-c", _SEES.format(words=words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = set(done.stderr.split())
    assert needed <= imported
    assert not not_needed & imported


def test_every_command_is_made_and_bears_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    said = capsys.readouterr().out
    for name, make in Commands.makers.items():
        assert make(name).name == name
        assert f" {name} " in said


@pytest.mark.parametrize("words", [["version"], ["--version"]])
def test_the_version_is_said_either_way(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0
    assert capsys.readouterr().out == f"{version('orario')}\n"


def test_a_slip_of_the_fingers_is_told_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jbos"]) == 2
    assert "'jobs'" in capsys.readouterr().err
