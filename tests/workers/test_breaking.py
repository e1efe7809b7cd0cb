"""What is promised holds while workers are killed, messages come twice or never, and brokers go away."""

import signal
from collections.abc import Callable

import pytest

from orario.core.execution import State
from orario.executors.celeryapp import CeleryPost
from orario.service.actors import SYSTEM
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.workers.site import Site

pytestmark = pytest.mark.one_database


def test_without_retries_what_a_killed_worker_carried_has_failed(site: Site) -> None:
    worker = site.worker()
    id = site.trigger("dwell")
    site.wait(lambda: len(site.notes()) == 1)
    site.kill(worker)
    done = site.wait_for(id, State.SUCCESS, State.FAILED)
    assert done.state is State.FAILED and "carrier lost" in str(done.error_message)
    assert site.notes() == [(id, 1)]


def test_a_worker_that_wakes_too_late_cannot_finish_what_is_no_longer_its_own(make_site: Callable[..., Site]) -> None:
    site = make_site(celery_lost_after_seconds=1)  # the broker may give the zombie the next message too
    site.start()
    zombie = site.worker()
    id = site.trigger("persist")
    site.wait(lambda: len(site.notes()) == 1)
    zombie.send_signal(signal.SIGSTOP)
    site.worker()
    done = site.wait_for(id, State.SUCCESS, State.FAILED)
    zombie.send_signal(signal.SIGCONT)
    site.wait(lambda: "taken for dead" in site.log())
    assert done.state is State.SUCCESS and site.get(id) == done
    site.check_starts()


def test_messages_that_the_broker_has_lost_are_sent_again_under_fresh_tokens(make_site: Callable[..., Site]) -> None:
    site = make_site(celery_lost_after_seconds=1)
    site.start()
    id = site.trigger("note")
    site.wait(lambda: id in site.handed_over())
    first = site.handed_over()[id]
    assert site.empty() >= 1
    site.wait(lambda: site.handed_over().get(id, first) != first)
    assert site.get(id).token == site.handed_over()[id]
    site.send(id, first)  # it was not lost after all
    site.worker()
    done = site.wait_for(id, State.SUCCESS)
    assert done.attempt == 1 and site.notes() == [(id, 1)]


def test_messages_that_wait_long_at_the_broker_are_not_sent_again(make_site: Callable[..., Site]) -> None:
    site = make_site(celery_lost_after_seconds=0.5)
    site.start()
    id = site.trigger("note")
    site.wait(lambda: id in site.handed_over())
    token, rounds = site.handed_over()[id], turns(site) + 30
    site.wait(lambda: turns(site) > rounds)
    assert site.handed_over() == {id: token}


def turns(site: Site) -> int:
    return site.runtime.vitals.pulses["postman"].turns


def test_while_the_broker_is_away_what_is_due_waits_in_the_database(site: Site, broker: Redis | RabbitMQ) -> None:
    site.worker()
    before = site.trigger("note")
    site.wait_for(before, State.SUCCESS)
    broker.stop(signal.SIGKILL)
    try:
        during = site.trigger("note", number=1)
        site.wait(lambda: site.runtime.engine.postman is not None and site.runtime.engine.postman.trouble is not None)
        assert site.get(during).state is State.PENDING and not site.handed_over()
    finally:
        broker.start()
    assert site.wait_for(during, State.SUCCESS, State.FAILED).result == 1
    site.check_starts()


def test_a_broker_that_is_killed_with_messages_in_it_loses_no_execution(
    make_site: Callable[..., Site], broker: Redis | RabbitMQ
) -> None:
    site = make_site(celery_lost_after_seconds=1)
    site.start()
    ids = [site.trigger("crowd") for _ in range(50)]
    site.wait(lambda: len(site.handed_over()) == 50)
    broker.stop(signal.SIGKILL)
    broker.start()
    site.worker()
    for id in ids:
        assert site.wait_for(id, State.SUCCESS, State.FAILED).state is State.SUCCESS
    assert sorted(site.notes()) == sorted((id, 1) for id in ids)


def test_a_worker_that_is_stopped_gives_back_what_it_has_not_started(site: Site) -> None:
    worker = site.worker("-c", "1")
    first = site.trigger("dwell", seconds=1.0)
    site.wait(lambda: len(site.notes()) == 1)
    second = site.trigger("note")
    site.wait(lambda: second in site.handed_over())
    site.wait(lambda: CeleryPost(site.broker_url).depths(["far"]) == {"far": 0})  # the worker has it in hand
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert site.get(first).state is State.SUCCESS
    site.worker()
    site.wait_for(second, State.SUCCESS)
    site.check_starts()


def test_a_server_takes_over_what_another_wrote_down_and_never_sent(make_site: Callable[..., Site]) -> None:
    site = make_site()
    id = site.trigger("note")
    with site.runtime.database.writing() as connection:
        site.runtime.engine.handing.hand_over(connection)  # and here the server died
    assert not site.handed_over()
    site.start()
    site.worker()
    assert site.wait_for(id, State.SUCCESS).attempt == 1


def test_a_job_at_its_limit_counts_what_was_handed_over(site: Site) -> None:
    first, second = site.trigger("note"), site.trigger("note")
    site.wait(lambda: site.get(second).state is State.SKIPPED)
    assert site.get(first).state is State.PENDING
    site.runtime.services.jobs.delete("note", SYSTEM)
