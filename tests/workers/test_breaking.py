"""What is promised holds while workers are killed, messages come twice or never, and brokers go away."""

import signal
from collections.abc import Callable

from orario.core.execution import State
from orario.executors.celeryapp import CeleryPost
from orario.service.actors import SYSTEM
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.workers.site import Site


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


def test_messages_are_sent_again_under_fresh_tokens_once_the_broker_has_lost_them(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(celery_lost_after_seconds=0.5)
    site.start()
    id = site.trigger("note")
    site.wait(lambda: id in site.handed_over())
    first, rounds = site.handed_over()[id], turns(site) + 12
    site.wait(lambda: turns(site) > rounds)
    assert site.handed_over() == {id: first}  # it only waits for long
    assert site.empty() >= 1
    site.wait(lambda: site.handed_over().get(id, first) != first)
    assert site.get(id).token == site.handed_over()[id]
    site.send(id, first)  # it was not lost after all
    site.worker()
    done = site.wait_for(id, State.SUCCESS)
    assert done.attempt == 1 and site.notes() == [(id, 1)]


def turns(site: Site) -> int:
    return site.runtime.vitals.pulses["postman"].turns


def test_a_broker_that_is_killed_loses_no_execution_and_what_is_due_meanwhile_waits_in_the_database(
    make_site: Callable[..., Site], broker: Redis | RabbitMQ
) -> None:
    site = make_site(celery_lost_after_seconds=1)
    site.start()
    site.worker("-c", "2")
    running = [site.trigger("dwell") for _ in range(2)]
    site.wait(lambda: len(site.notes()) == 2)
    in_it = [site.trigger("crowd") for _ in range(20)]
    site.wait(lambda: len(site.handed_over()) == 20)
    broker.stop(signal.SIGKILL)
    try:
        during = site.trigger("note")
        site.wait(lambda: site.runtime.engine.postman is not None and site.runtime.engine.postman.trouble is not None)
        assert site.get(during).state is State.PENDING and during not in site.handed_over()
        site.enough()
        for id in running:  # Celery's workers carry on, too
            assert site.wait_for(id, State.SUCCESS, State.FAILED).state is State.SUCCESS
    finally:
        broker.start()
    ids = [*running, *in_it, during]
    for id in ids:
        assert site.wait_for(id, State.SUCCESS, State.FAILED).state is State.SUCCESS
    assert sorted(site.notes()) == sorted((id, 1) for id in ids)


def test_a_worker_that_is_stopped_gives_back_what_it_has_not_started(site: Site) -> None:
    worker = site.worker("-c", "1")
    first = site.trigger("dwell")
    site.wait(lambda: len(site.notes()) == 1)
    second = site.trigger("note")
    site.wait(lambda: second in site.handed_over())
    site.wait(lambda: CeleryPost(site.broker_url).depths(["far"]) == {"far": 0})  # the worker has it in hand
    worker.send_signal(signal.SIGTERM)
    site.wait(lambda: "shutdown" in site.log())
    site.enough()
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
    site.wait(lambda: id in site.handed_over())
    assert site.handed_over()[id] == site.get(id).token


def test_a_job_at_its_limit_counts_what_was_handed_over(site: Site) -> None:
    first, second = site.trigger("note"), site.trigger("note")
    site.wait(lambda: site.get(second).state is State.SKIPPED)
    assert site.get(first).state is State.PENDING
    site.runtime.services.jobs.delete("note", SYSTEM)
