"""Who asks for Celery without saying where it is gets a sentence, not a queue that nobody carries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from orario.core.errors import Invalid, Misconfigured
from orario.runtime import Runtime
from orario.service.actors import SYSTEM
from orario.settings import Settings


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return Runtime(Settings(database_url=f"sqlite:///{tmp_path / 'orario.db'}", key="of the tests"), [])


def test_a_queue_is_not_given_to_celery_where_no_broker_is_known(runtime: Runtime) -> None:
    runtime.prepare()
    with pytest.raises(Invalid, match="ORARIO_CELERY_BROKER_URL"):
        runtime.services.cluster.set_queue("far", SYSTEM, executor="celery")
    with pytest.raises(Invalid, match="local, celery"):
        runtime.services.cluster.set_queue("far", SYSTEM, executor="elsewhere")
    runtime.database.close()


def test_a_server_without_a_broker_does_not_start_while_a_queue_asks_for_celery(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'orario.db'}"
    with_broker = Runtime(
        Settings(database_url=url, celery_broker_url="redis://127.0.0.1:1/0", key="of the tests"), []
    )
    with_broker.prepare()
    with_broker.services.cluster.set_queue("far", SYSTEM, executor="celery")
    with_broker.database.close()
    without = Runtime(Settings(database_url=url, key="of the tests"), [])
    without.prepare()
    with pytest.raises(Misconfigured, match="the queue far is carried by Celery"):
        without.start()
    without.database.close()


def test_a_broker_that_celery_does_not_know_is_refused() -> None:
    with pytest.raises(ValidationError, match="must start with redis://"):
        Settings(celery_broker_url="kafka://127.0.0.1")


def say(*words: str) -> tuple[int, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ORARIO_")}
    done = subprocess.run([sys.executable, "-m", *words], env=environment, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def test_a_worker_without_a_broker_does_not_start() -> None:
    code, said = say("orario.cli", "worker", "--queue", "far")
    assert code == 2 and "ORARIO_CELERY_BROKER_URL is not set" in said
    code, said = say("celery", "-A", "orario.executors.celery", "worker", "-Q", "far")
    assert code == 1 and "This worker cannot start: ORARIO_CELERY_BROKER_URL is not set" in said
