"""Health checks against a real Redis that dies, a mail server, a web site and a full disk; told once."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from orario import State
from orario.apps.ops.desk import desk
from orario.apps.ops.health import keeping
from orario.demo.mailserver import MailServer
from orario.testing import Harness
from tests.apps.notify.servers import Receiver, free_port
from tests.apps.notify.shop import hook
from tests.apps.ops.house import held
from tests.servers.redis import Redis


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def house(
    database_url: str,
    redis: Redis,
    mail: MailServer,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Harness]:
    """Everything is watched, and a webhook is told."""
    monkeypatch.setenv("ORARIO_OPS_REDIS_URL", redis.url)
    monkeypatch.setenv("ORARIO_OPS_SMTP_URL", mail.url)
    with held(database_url) as house:
        hook(receiver)
        yield house
    if not _listens(redis):
        redis.start()


def test_a_redis_that_dies_is_told_once_and_the_next_check_after_it_catches_up(
    house: Harness, redis: Redis, mail: MailServer, receiver: Receiver
) -> None:
    [fine] = checked(house)
    assert fine.state is State.SUCCESS
    kind = house.runtime.database.dialect
    assert set(fine.result["services"]) == {kind, "redis", "storage", "smtp"}
    assert all(one["status"] == "healthy" and one["latency_ms"] > 0 for one in fine.result["services"].values())
    assert fine.result["system"]["memory_total_mb"] > 0

    redis.stop()
    [first] = checked(house)
    assert first.state is State.FAILED
    where = redis.url.removeprefix("redis://").removesuffix("/0")
    assert first.error_message == f"Unhealthy: redis: {where}: Connection refused"
    seen = last(house)
    assert (seen["status"], seen["services"]["redis"]["status"]) == ("unhealthy", "unhealthy")
    assert seen["services"][kind]["status"] == "healthy" and seen["checked_at"] == first.finished_at
    checked(house)
    assert receiver.sentences == ["Health Check failed."]

    mail.stop()  # while the other is still away
    checked(house)
    checked(house)
    assert receiver.sentences[1:] == ["smtp is down, too."]
    mail.start()
    checked(house)
    redis.start()
    [again] = checked(house)
    assert again.state is State.SUCCESS and last(house)["status"] == "healthy"
    checked(house)
    assert receiver.sentences[2:] == ["smtp works again.", "Health Check works again."]


@pytest.mark.one_database
def test_each_watched_service_says_in_a_sentence_what_is_wrong(
    database_url: str, monkeypatch: pytest.MonkeyPatch, redis: Redis
) -> None:
    mute = socket.create_server(("127.0.0.1", 0))  # takes a call and says nothing
    gone, silent = free_port(), mute.getsockname()[1]
    for name, value in {
        "REDIS_URL": redis.url.replace("redis://", "redis://:hunter2hunter2@"),
        "SMTP_URL": f"smtp://127.0.0.1:{gone}?tls=none",
        "URLS": f"shop=http://127.0.0.1:{gone}/?key=hunter2hunter2, slow=http://127.0.0.1:{silent}/",
        "STORAGE_FREE_MB": "900000000",
        "HEALTH_TIMEOUT_SECONDS": "3",
    }.items():
        monkeypatch.setenv(f"ORARIO_OPS_{name}", value)
    with held(database_url) as house:
        [failed] = checked(house)
        found = last(house)["services"]
    mute.close()
    assert "refuses the user or the password" in found["redis"]["error"]
    assert f"the mail server 127.0.0.1:{gone}" in found["smtp"]["error"]
    assert found["shop"]["error"].startswith("http://127.0.0.1: ") and "connect" in found["shop"]["error"].lower()
    assert found["slow"]["error"] == "no answer within 3 s" or "timeout" in found["slow"]["error"].lower()
    assert "wanted are 900000000" in found["storage"]["error"]
    assert found["sqlite"]["status"] == "healthy"
    assert "hunter2" not in f"{failed} {found}"
    assert (failed.progress.total, failed.progress.processed, failed.progress.failed) == (6, 6, 5)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ORARIO_OPS_URLS", "https://shop.example", "number 1 is not of the form name=https://host/path"),
        ("ORARIO_OPS_URLS", "redis=https://shop.example", "a name of its own"),
        ("ORARIO_OPS_REDIS_URL", "http://127.0.0.1", "must start with redis://"),
        ("ORARIO_OPS_SMTP_URL", "mail.example", "is like smtp://"),
        ("ORARIO_OPS_CLEANUP_FOLDERS", "/", "not that of everything"),
    ],
)
@pytest.mark.one_database
def test_a_setting_that_cannot_be_is_refused_at_start(
    variable: str, value: str, says: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(Exception, match=says) as refusal:
        held(database_url)
    assert variable in str(refusal.value)


def checked(house: Harness) -> list[Any]:
    """The health checks of the next five minutes."""
    since = house.now
    house.advance(timedelta(minutes=5))
    return [one for one in house.executions("health_check") if one.finished_at and one.finished_at > since]


def last(house: Harness) -> Any:
    with desk.services.database.reading() as connection:
        return keeping.last(connection)


def _listens(redis: Redis) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", int(redis.url.rsplit(":", 1)[1].removesuffix("/0")))) == 0
