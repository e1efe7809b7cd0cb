"""Cleaning: what is old goes, what is new or not ours stays, and it may be broken off; the demonstration, too."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select

from orario import State
from orario.apps.ops.cleaning import rows
from orario.apps.ops.demo import demo
from orario.apps.ops.desk import desk
from orario.apps.ops.tables import checks, daily
from orario.testing import TESTER, Harness
from tests.apps.ops.house import make_shop, quiet, running, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def house(database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    monkeypatch.setenv("ORARIO_OPS_BACKUP_FOLDER", str(folder / "backups"))
    monkeypatch.setenv("ORARIO_OPS_CLEANUP_FOLDERS", f"{folder}:{folder.parent / 'nowhere'}")
    monkeypatch.setenv("ORARIO_OPS_ANALYTICS_KEEP_DAYS", "40")
    monkeypatch.setenv("ORARIO_OPS_CLEANUP_EXECUTION_DAYS", "0.5")
    with quiet(database_url, make_shop()) as house:
        yield house


def file(house: Harness, path: Path, days: float) -> Path:
    """A file that was last changed so many days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("some words")
    moment = (house.now - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))
    return path


def looked(house: Harness, days: int, count: int) -> None:
    row: dict[str, Any] = {"status": "healthy", "services": {}, "system": {}}
    at = house.now - timedelta(days=days)
    with house.runtime.database.writing() as connection:
        connection.execute(insert(checks), [{"id": uuid4(), "checked_at": at, **row} for _ in range(count)])


def counted(house: Harness, table: Any) -> int:
    with house.runtime.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_what_is_old_goes_and_nothing_else(house: Harness, folder: Path, tmp_path: Path) -> None:
    house.services.jobs.pause("cleanup", None, None, TESTER)
    house.advance("20h")
    demo.load(house.services)
    days = counted(house, daily)
    looked(house, 31, 1200)
    kept = counted(house, checks) - 1200
    old, deep = file(house, folder / "old.csv", 31), file(house, folder / "a" / "b" / "old.csv", 400)
    fresh = file(house, folder / "fresh.csv", 29)
    elsewhere = file(house, tmp_path / "elsewhere" / "old.csv", 400)
    (folder / "link").symlink_to(elsewhere.parent)
    (folder / "link.csv").symlink_to(elsewhere)
    backup = file(house, folder / "backups" / "by-hand.db.gz", 400)
    orphan = file(house, folder / "backups" / "orario-backup-20200101-030000.db.gz.sha256", 1)
    house.services.jobs.resume("cleanup", TESTER)
    before = len(house.executions("sell"))

    would = house.trigger("cleanup", dry_run=True).result
    assert (would["health_checks"], would["files"]) == (1200, 3) and old.exists() and before == 40
    assert counted(house, checks) == kept + 1200

    done = house.trigger("cleanup")
    assert done.state is State.SUCCESS, done.error_message
    assert {**done.result, "executions": 0, "dry_run": True} == {**would, "executions": 0}
    assert counted(house, checks) == kept and counted(house, daily) == days - done.result["daily_rows"]
    assert done.result["daily_rows"] == 4 * 19
    assert not any(one.exists() for one in (old, deep, orphan))
    assert all(one.exists() for one in (fresh, elsewhere, backup, folder / "link.csv"))
    assert before - len(house.executions("sell")) in (15, 16), "of 20 hours the last twelve stay"
    lines = [line.message for line in house.services.executions.logs(done.id)]
    assert f"there is no folder {folder.parent / 'nowhere'}" in lines
    again = house.trigger("cleanup").result
    assert (again["health_checks"], again["daily_rows"], again["files"]) == (0, 0, 0)


@pytest.mark.one_database
def test_it_may_be_broken_off_and_goes_on_the_next_time(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(database_url) as site:
        services = site.runtime.services
        old = {"status": "healthy", "services": {}, "system": {}, "checked_at": datetime(2020, 1, 1, tzinfo=UTC)}
        with site.runtime.database.writing() as connection:
            connection.execute(insert(checks), [{"id": uuid4(), **old} for _ in range(3000)])
        client = site.client()
        with monkeypatch.context() as slow:  # it rests until it is stopped, however fast the machine is
            slow.setattr(rows, "_AT_ONCE", 20)
            slow.setattr(rows, "_REST", 100)
            opened = services.jobs.trigger("cleanup", TESTER)
            until(lambda: [one for one in client.get("/running").json() if one["progress"]["processed"]])
            services.executions.cancel(opened.id, TESTER)
            stopped = services.executions.wait(opened.id, 20)
        assert stopped.state is State.CANCELLED and 0 < stopped.progress.processed < 3000
        rest = client.post("/jobs/cleanup/trigger").json()
        assert rest["success"] and rest["result"]["health_checks"] >= 3000 - stopped.progress.processed - 20


@pytest.mark.one_database
def test_the_database_and_its_key_are_never_old_files(house: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(house.runtime.database.path or "").parent
    key = file(house, home / "orario.db.key", 400)
    other = file(house, home / "notes.txt", 400)
    monkeypatch.setattr(desk.settings, "cleanup_folders", [home])
    assert house.trigger("cleanup").state is State.SUCCESS
    assert key.exists() and (home / "orario.db").exists() and not other.exists()


@pytest.mark.one_database
def test_the_demonstration_comes_once_and_goes_without_a_trace(house: Harness) -> None:
    house.trigger("health_check")
    assert demo.load(house.services) == {"days": 240, "health_checks": 288}
    assert demo.load(house.services) == {"days": 0, "health_checks": 0}
    assert demo.remove(house.services) == {"days": 240, "health_checks": 288}
    assert (counted(house, checks), counted(house, daily)) == (1, 0)
