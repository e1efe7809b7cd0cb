"""What each job does in its tables, and to whom it speaks."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orario.apps.agent import monitoring
from orario.apps.agent.process import Load
from orario.apps.agent.tables import credentials, logs, messages, sessions
from orario.core.clock import SystemClock
from orario.core.execution import State
from orario.service.copies import Copies
from orario.store.database import Database
from orario.testing import TESTER, Harness
from tests.apps.agent.house import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    Provider,
    column,
    count,
    credential,
    harness,
    lines,
    log,
    message,
    put,
    run,
    session,
)
from tests.apps.notify.servers import Receiver, webhook
from tests.apps.notify.shop import hook


@pytest.fixture
def house(database_url: str) -> Iterator[Harness]:
    with harness(database_url) as one:
        yield one


@pytest.fixture
def db(house: Harness) -> Database:
    return house.runtime.database


@pytest.fixture
def told(house: Harness) -> Iterator[Receiver]:
    with webhook() as receiver:
        hook(receiver)
        yield receiver


def test_cleaning_deletes_what_is_older_than_the_settings_say_and_nothing_else(house: Harness, db: Database) -> None:
    old, fresh, silent = put(
        db,
        sessions,
        session("resolved", 31 * DAY, resolved_at=NOW - 31 * DAY),
        session("resolved", 40 * DAY, resolved_at=NOW - 29 * DAY),
        session("resolved", 31 * DAY),
    )
    put(db, messages, *(message(31 * DAY, session_id=old) for _ in range(250)), message(HOUR, session_id=fresh))
    ended = run(house, "cleanup-resolved-sessions")
    assert (ended.result, ended.progress.total, ended.progress.processed) == ({"deleted": 2, "messages": 250}, 2, 2)
    assert column(db, sessions, "id") == [fresh] and count(db, messages) == 1
    assert silent not in column(db, sessions, "id")
    put(db, sessions, session("open", 181 * DAY), session("error", 181 * DAY), session("open", 179 * DAY))
    assert run(house, "cleanup-old-sessions").result == {"deleted": 2, "messages": 0}
    put(db, messages, *(message(91 * DAY) for _ in range(1200)), message(89 * DAY))
    ended = run(house, "cleanup-old-messages")
    assert (ended.result, ended.progress.processed, count(db, messages)) == ({"deleted": 1200}, 1200, 2)
    put(db, logs, log(31 * DAY), log(29 * DAY))
    assert run(house, "cleanup-old-logs").result == {"deleted": 1, "mails": 0}
    assert lines(house, ended, "INFO") == ["old messages deleted"]


def test_quiet_sessions_are_marked_and_told_of_once(house: Harness, db: Database, told: Receiver) -> None:
    put(db, sessions, session("open", 23 * HOUR), session("open", 25 * HOUR, customer="Käthe"))
    put(db, sessions, session("open", 49 * HOUR), session("resolved", 49 * HOUR))
    assert run(house, "check-inactive-sessions").result == {"marked": 2, "told": 2}
    assert column(db, sessions, "status") == ["open", "inactive", "inactive", "resolved"]
    assert run(house, "check-abandoned-sessions").result == {"marked": 1, "told": 1}
    assert column(db, sessions, "status") == ["open", "inactive", "abandoned", "resolved"]
    assert run(house, "check-inactive-sessions").result == {"marked": 0, "told": 0}
    assert told.sentences == ["2 conversations went quiet.", "A conversation was abandoned."]
    assert told.calls[0].data["details"] == {"Customers": "Käthe, Ștefan 🙂"}


def test_broken_sessions_come_in_one_notice(house: Harness, db: Database, told: Receiver) -> None:
    put(db, sessions, *(session("error", HOUR, error=f"modelul tace: {at} 😶") for at in range(3)))
    ended = run(house, "check-error-sessions")
    assert (ended.result, ended.progress.processed) == ({"told": 3}, 3)
    run(house, "check-error-sessions")
    [call] = told.calls
    assert (call.data["severity"], call.data["sentence"]) == ("error", "3 conversations ended in an error.")
    assert "modelul tace: 2 😶" in call.data["error"]
    assert call.data["execution"]["id"] == str(ended.id)


def test_credentials_that_providers_refuse_are_invalid_and_told_of_once(
    house: Harness, db: Database, told: Receiver, a_provider: Provider
) -> None:
    a_provider.good = {"good-secret"}
    url = f"{a_provider.url}/check"
    put(
        db,
        credentials,
        credential(house, "good", plain="good-secret", check_url=url),
        credential(house, "revoked", plain="revoked-secret", check_url=url, is_valid=True),
        credential(house, "silent", check_url="http://127.0.0.1:9/"),
        credential(house, "over", check_url=url, expires_at=NOW - HOUR),
    )
    for _ in range(2):
        ended = run(house, "validate-credentials")
        assert ended.result == {"checked": 4, "valid": 1, "invalid": 2, "unknown": 1}
        assert (ended.progress.processed, ended.progress.failed) == (4, 3)
    assert column(db, credentials, "is_valid") == [True, False, None, False]
    assert len(lines(house, ended, "WARN")) == 3
    assert sorted(told.sentences) == [
        "The credential over of example is not valid any more.",
        "The credential revoked of example is not valid any more.",
    ]
    a_provider.status = 503  # that says nothing of a credential
    assert run(house, "validate-credentials").result["unknown"] == 3
    assert column(db, credentials, "is_valid") == [True, False, None, False]
    assert run(house, "cleanup-expired-credentials").result == {"deleted": 1}
    assert "over" not in column(db, credentials, "name")


def test_credentials_follow_their_source(
    house: Harness, db: Database, a_provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run(house, "sync-credentials").result["added"] == 0
    put(db, credentials, credential(house, "by-hand"))
    monkeypatch.setenv("ORARIO_AGENT_CREDENTIALS_SOURCE", f"{a_provider.url}/credentials")
    house.restart()
    db = house.runtime.database
    one = {"name": "unu", "provider": "p", "secret": "sesam öffne dich"}
    two = {"name": "doi", "provider": "p", "secret": "s2", "checkUrl": "https://p.example/me"}
    ends = {"name": "trei", "provider": "p", "secret": "s3", "expiresAt": "2020-01-01T00:00:00Z"}
    a_provider.offers = [one, two, ends, {"name": "by-hand", "provider": "p", "secret": "theirs"}]
    assert _figures(run(house, "sync-credentials").result) == {"added": 2, "expired": 1, "wrong": 1}
    stored = column(db, credentials, "secret", credentials.c.name == "unu")[0]
    assert "sesam" not in stored and house.services.sealing.open(stored) == "sesam öffne dich"
    a_provider.offers = {"credentials": [{**one, "secret": "another"}, {"name": "doi", "secret": 7}]}
    ended = run(house, "sync-credentials")
    assert _figures(ended.result) == {"changed": 1, "wrong": 2}, "what is there but wrong is not removed"
    assert not any("another" in line for line in lines(house, ended, "INFO"))
    file = tmp_path / "source.json"
    file.write_text(json.dumps([two]))
    monkeypatch.setenv("ORARIO_AGENT_CREDENTIALS_SOURCE", str(file))
    house.restart()
    db = house.runtime.database
    assert _figures(run(house, "sync-credentials").result) == {"removed": 1, "unchanged": 1}
    assert sorted(column(db, credentials, "name")) == ["by-hand", "doi"]
    file.write_text("<html>")
    ended = house.trigger("sync-credentials")
    assert ended.state is State.PENDING and sorted(column(db, credentials, "name")) == ["by-hand", "doi"]


def _figures(result: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in result.items() if number}


def test_unprocessed_messages_are_handed_over_put_back_or_given_up(
    house: Harness, db: Database, told: Receiver, a_provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung: dict[str, Any] = {"status": "processing", "taken_at": NOW - HOUR}
    put(db, messages, message(HOUR, status="queued"), message(HOUR, **hung), message(HOUR, **hung, attempts=4))
    put(db, messages, message(HOUR, status="processing", taken_at=NOW - MINUTE), message(HOUR))
    ended = run(house, "check-unprocessed-messages")
    assert ended.result == {"found": 3, "processed": 0, "requeued": 1, "failed": 1, "waiting": 2}
    assert column(db, messages, "status") == ["queued", "queued", "failed", "processing", "processed"]
    assert lines(house, ended, "WARN") == ["messages wait in line for too long"]
    assert told.sentences == ["A message was given up."]
    monkeypatch.setenv("ORARIO_AGENT_MESSAGES_URL", f"{a_provider.url}/messages")
    house.restart()
    db, a_provider.status = house.runtime.database, 500
    assert run(house, "check-unprocessed-messages").result["waiting"] == 2
    a_provider.status = None
    ended = run(house, "check-unprocessed-messages")
    assert (ended.result["processed"], ended.progress.processed) == (2, 2)
    assert column(db, messages, "status") == ["processed", "processed", "failed", "processing", "processed"]
    assert sorted(key for key, _ in a_provider.taken) == ["agent-message-1", "agent-message-2"]
    assert a_provider.taken[0][1]["body"] == "Grüße, și mulțumesc! 🥨"


def test_a_backup_can_be_put_back_and_old_ones_go(database_url: str, tmp_path: Path) -> None:
    with harness(database_url, datetime.now(NOW.tzinfo)) as house:
        put(house.runtime.database, sessions, session("open", HOUR, house.now))
        folder = tmp_path / "backups"
        folder.mkdir()
        for name in ("agent-old.db.gz", "agent-old.db.gz.sha256", "somebody-elses.db.gz"):
            (folder / name).write_text("x")
            os.utime(folder / name, (0, 0))
        ended = run(house, "backup-data")
        made = Path(ended.result["file"])
        assert ended.result["removed"] == 1 and len(ended.result["sha256"]) == 64
        assert {one.name for one in folder.iterdir()} == {
            made.name,
            f"{made.name}.sha256",
            "somebody-elses.db.gz",
        }
        put(house.runtime.database, sessions, session("open", HOUR, house.now, customer="după copie"))
    if database_url.startswith("sqlite"):
        copies = Copies(database_url, SystemClock())
        copies.verify(made)
        copies.restore(made, tmp_path / "back.db")
        back = Database(f"sqlite:///{tmp_path / 'back.db'}")
    else:
        Copies(database_url, SystemClock()).restore(made, database_url)
        back = Database(database_url)
    assert column(back, sessions, "customer") == ["Ștefan 🙂"]
    back.close()
    for left in Path.cwd().glob("orario-before-*.dump"):
        left.unlink()


def test_the_database_is_optimized_as_it_knows_it(house: Harness, db: Database) -> None:
    ended = run(house, "optimize-database")
    assert ended.result["tables"] == 7 == ended.progress.processed
    word = "vacuum done" if db.dialect == "postgresql" else "analyze done"
    assert lines(house, ended, "INFO").count(word) == 7


def test_alerts_are_raised_once_and_taken_back(
    house: Harness, told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Any] = []
    monkeypatch.setattr(monitoring, "load", lambda seconds: measured.pop(0))
    for load, alerts, over in (
        (Load(600.0, 90.0), ["memory", "cpu"], []),
        (Load(700.0, 10.0), ["memory"], ["cpu"]),
        (Load(100.0, 10.0), [], ["memory"]),
    ):
        measured.append(load)
        ended = run(house, "check-system-performance")
        assert (ended.result["alerts"], ended.result["over"]) == (alerts, over)
        assert (len(lines(house, ended, "WARN")), ended.progress.failed) == (len(alerts), len(alerts))
    assert told.sentences == [
        "Memory is above its threshold: 600 MB of 500 MB.",
        "The processor is above its threshold: 90 % of 80 %.",
        "It is over: cpu.",
        "It is over: memory.",
    ]


def test_a_job_that_fails_again_and_again_raises_an_alert(
    house: Harness, told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitoring, "load", lambda seconds: Load(1.0, 1.0))
    monkeypatch.setenv("ORARIO_AGENT_CREDENTIALS_SOURCE", "/nowhere/source.json")
    house.restart()
    for _ in range(3):
        house.trigger("sync-credentials")
        house.advance("10m")
    assert run(house, "check-system-performance").result["alerts"] == ["failing:sync-credentials"]
    assert told.sentences[-1] == "sync-credentials fails again and again: 3 times."
    assert lines(house, house.executions("sync-credentials")[0], "ERROR")[0] == (
        "sync-credentials failed: the file /nowhere/source.json cannot be read: No such file or directory"
    )
    assert "the file /nowhere/source.json cannot be read" in told.calls[-1].data["error"]


def test_a_deletion_can_be_stopped_in_the_middle(
    house: Harness, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.writing() as connection:
        connection.execute(messages.insert(), [message(100 * DAY) for _ in range(2000)])
    executions = house.services.executions

    def stop(seconds: float) -> None:
        [running] = executions.running()
        if count(db, messages) < 1800 and running.cancel_requested_at is None:
            executions.cancel(running.id, TESTER)
            house.executor.cancel(list(house.executor._means.underway), "cancelled")  # type: ignore[attr-defined]

    monkeypatch.setattr("orario.apps.agent.steps.time.sleep", stop)
    ended = house.trigger("cleanup-old-messages")
    left = count(db, messages)
    assert (ended.state, 0 < left < 1800) == (State.CANCELLED, True)
    assert ended.progress.processed == 2000 - left
    monkeypatch.undo()
    assert run(house, "cleanup-old-messages").result == {"deleted": left}
