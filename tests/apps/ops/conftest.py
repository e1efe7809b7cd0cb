"""What the tests of operations share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.notify.servers import Receiver, webhook
from tests.apps.ops.house import Site, running


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where backups go."""
    monkeypatch.setenv("ORARIO_OPS_BACKUP_FOLDER", str(tmp_path / "kept" / "backups"))
    return tmp_path / "kept" / "backups"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """A running Orario on each database."""
    with running(database_url) as site:
        yield site


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who is told."""
    with webhook() as receiver:
        yield receiver
