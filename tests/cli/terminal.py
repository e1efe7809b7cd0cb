"""Runs the command line inside the test's process, and keeps what it said."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest

from orario.cli import run


@dataclass(frozen=True)
class Said:
    """What a command answered: its exit code, its data, its words."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Orario = Callable[..., Said]


def orario_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orario:
    """A function that is the command `orario`."""

    def orario(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", StringIO(stdin))
        capsys.readouterr()
        code = run(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return orario
