"""The command line's two ways to an Orario: a database in a fresh directory, and a server in its own process."""

from pathlib import Path

import pytest

from tests.cli.terminal import Orario, orario_of

APP = "tests.cli.shop:app"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty directory, no settings but the test's own, and a wide pipe for a terminal."""
    monkeypatch.chdir(tmp_path)
    for name in ("ORARIO_URL", "ORARIO_TOKEN", "ORARIO_DATABASE_URL", "ORARIO_HOST", "ORARIO_PORT", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ORARIO_APPS", APP)


@pytest.fixture
def orario(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orario:
    """The command, on the database of this directory, which it makes."""
    command = orario_of(monkeypatch, capsys)
    assert command("db", "migrate").code == 0
    return command
