"""Backups of each database: listed as they are, kept as long as they should be, downloaded, put back."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from orario import State
from orario.service.people import Role
from orario.store.database import Database
from orario.store.tables import executions
from tests.apps.ops.house import Site, held
from tests.servers.postgresql import PostgreSQL


@pytest.fixture
def postgresql_other(database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A second database, with nothing in it; SQLite needs none."""
    if database_kind == "sqlite":
        yield ""
        return
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    with cluster.database() as name:
        yield cluster.url(name)


def test_a_backup_is_whole_listed_downloaded_by_admins_and_put_back(
    site: Site, folder: Path, tmp_path: Path, postgresql_other: str
) -> None:
    client, services = site.client(), site.runtime.services
    client.post("/jobs/sell/trigger")
    done = client.post("/jobs/database_backup/trigger").json()
    assert done["success"], done
    [listed] = client.get("/backups").json()
    file = folder / listed["filename"]
    content = file.read_bytes()
    assert (listed["path"], listed["size_bytes"]) == (str(file), len(content))
    assert done["result"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    written = datetime.fromisoformat(listed["created_at"]).timestamp()
    assert written == pytest.approx(file.stat().st_mtime, abs=0.002)

    path = f"/backups/{listed['filename']}"
    assert site.client(None).get(path).status_code == 401
    assert site.client(Role.OPERATOR).get(path).status_code == 403
    assert client.get("/backups/orario.db").status_code == 404
    assert client.get("/backups/..%2F..%2Forario.db").status_code == 404
    answer = client.get(path)
    assert answer.content == content and answer.headers["content-length"] == str(len(content))
    assert client.get(path, headers={"Range": "bytes=0-9"}).content == content[:10]
    assert [row.action for row in services.people.audit(listed["filename"]).items] == ["backup.download"] * 2

    target = f"sqlite:///{tmp_path / 'again.db'}" if file.name.endswith(".gz") else postgresql_other
    services.copies.restore(file, target)
    again = Database(target)
    with again.reading() as connection:
        states = connection.execute(select(executions.c.state, func.count()).group_by(executions.c.state)).all()
    again.close()
    assert ("success", 1) in [tuple(row) for row in states], "the sale; the backup itself was running"


@pytest.mark.one_database
def test_old_backups_go_when_a_new_one_is_good_and_those_made_by_hand_stay(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORARIO_OPS_BACKUP_KEEP", "2")
    with held(database_url) as house:
        house.services.copies.make(folder, name="before-the-upgrade")
        made = [house.trigger("database_backup").result for _ in range(4)]
        assert made[0]["removed"] == [] and made[3]["removed"] == [made[1]["filename"]]
        names = {one.path.name for one in house.services.copies.list(folder)}
        assert names == {made[2]["filename"], made[3]["filename"], "before-the-upgrade.db.gz"}
        assert len(list(folder.iterdir())) == 6, "each with its checksum, and nothing else"


@pytest.mark.one_database
def test_a_backup_that_cannot_be_written_fails_with_the_reason_and_costs_no_other(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(database_url) as house:
        good = house.trigger("database_backup").result["filename"]
        monkeypatch.setattr("orario.store.copying.note_digest", _no_room)
        failed = house.trigger("database_backup")
        assert failed.state is State.FAILED and "No space left" in str(failed.error_message)
        assert sorted(one.name for one in folder.iterdir()) == [good, f"{good}.sha256"]


def _no_room(*args: object) -> None:
    raise OSError(28, "No space left on device")
