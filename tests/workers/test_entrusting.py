"""Tasks of somebody's own Celery application are sent by name, and followed to their ends."""

import signal
from collections.abc import Callable

import psutil

from orario.core.execution import State
from orario.service.actors import SYSTEM
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.workers.site import Site
from tests.workers.test_carrying import most_at_once


def test_a_task_of_a_celery_application_is_sent_under_the_id_we_know_and_its_outcome_is_kept(site: Site) -> None:
    sync = site.trigger("sync", password="hunter-forty-two")
    site.wait(lambda: site.handed_over().keys() == {sync})
    token = site.get(sync).token
    assert site.get(sync).state is State.PENDING
    site.their_worker("-c", "4")
    done = site.wait_for(sync, State.SUCCESS, State.FAILED)
    assert (done.state, done.attempt, done.token) == (State.SUCCESS, 1, token)
    assert "150" in str(done.result) and "hunter" not in repr(done) and "********" in str(done.result)
    assert "sync example.com hunter-forty-two" in site.said_there()
    failed = site.wait_for(site.trigger("fail", password="hunter-forty-three"), State.FAILED)
    assert failed.attempt == 2 and site.said_there().count("fail") == 2
    assert "no such directory: ********" in str(failed.error_message) and "theirs.py" in str(failed.error_stack)
    site.runtime.services.cluster.set_queue("theirs", SYSTEM, width=2)
    assert most_at_once(site, [site.trigger("their_dwell", seconds=0.3) for _ in range(6)]) <= 2
    view = site.runtime.services.tasks.get("far.sync")
    assert (view.handler_type, view.handler_path, view.queue) == ("celery_task", "theirs.sync", "theirs")


def test_what_is_cancelled_before_any_worker_has_it_ends_where_it_turns_up_and_takes_nothing_along(
    site: Site,
) -> None:
    never, first = site.trigger("their_dwell", number=7, seconds=30.0), site.trigger("sync")
    site.wait(lambda: site.handed_over().keys() == {never, first})
    site.runtime.services.executions.cancel(never, SYSTEM)
    assert site.get(never).state is State.CANCELLED
    beside = [site.trigger("their_dwell", number=8, seconds=0.2) for _ in range(12)]
    site.their_worker("-c", "2")
    for id in [first, *beside]:
        done = site.wait_for(id, State.SUCCESS, State.FAILED, State.CANCELLED)
        assert (done.state, done.attempt) == (State.SUCCESS, 1)
    site.wait(lambda: not site.handed_over())
    assert not any(line.startswith("ended 7") for line in site.said_there())


def test_what_is_cancelled_or_takes_too_long_ends_at_the_worker(site: Site) -> None:
    site.their_worker("-c", "2")
    cancelled, late = site.trigger("their_dwell"), site.trigger("cling")
    site.wait(lambda: len(site.said_there()) == 2)
    processes = [psutil.Process(int(line.split()[2])) for line in site.said_there()]
    site.wait_for(cancelled, State.RUNNING)
    site.runtime.services.executions.cancel(cancelled, SYSTEM)
    assert site.wait_for(cancelled, State.CANCELLED, State.FAILED).state is State.CANCELLED
    assert site.wait_for(late, State.TIMEOUT, State.FAILED).state is State.TIMEOUT
    site.wait(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes))


def test_a_lost_worker_a_broker_that_was_away_and_another_server_are_seen_through(
    make_site: Callable[..., Site], broker: Redis | RabbitMQ, redis: Redis
) -> None:
    results = redis.url.removesuffix("0") + "3"  # without them nobody knows what ended while no server heard it
    site = make_site(celery_lost_after_seconds=2, celery_result_url=results)
    site.start()
    first = site.their_worker("-c", "2")
    lost = site.trigger("their_dwell", number=1)
    site.wait_for(lost, State.RUNNING)
    first.kill()
    failed = site.wait_for(lost, State.FAILED, State.SUCCESS)
    assert failed.state is State.FAILED and "carrier lost" in str(failed.error_message)
    second = site.their_worker("-c", "2", "-E")  # tells of the start also before anybody can ask it to
    going_on = site.trigger("their_dwell", number=2, seconds=3.0)
    site.wait_for(going_on, State.RUNNING)
    token = site.get(going_on).token
    site.replace_server()
    done = site.wait_for(going_on, State.SUCCESS, State.FAILED)
    assert (done.state, done.attempt, done.token) == (State.SUCCESS, 1, token)
    second.kill()  # it would look for the broker ever more seldom
    broker.stop(signal.SIGKILL)
    try:
        waits = site.trigger("sync", domain="later")
        site.wait(lambda: site.runtime.engine.follower is not None and bool(site.runtime.engine.follower.trouble))
        assert site.get(waits).state is State.PENDING
    finally:
        broker.start()
    site.their_worker("-c", "2")
    done = site.wait_for(waits, State.SUCCESS, State.FAILED)
    assert done.state is State.SUCCESS and site.said_there().count("sync later None") <= done.attempt
