"""A worker performs what messages name, once, and what another one left."""

import signal
from collections.abc import Callable

from orario.core.execution import State
from tests.workers.site import Site


def test_orario_worker_performs_what_waits_in_its_queue(site: Site) -> None:
    worker = site.worker(command=("orario.cli", "worker", "--queue", "far"))
    id = site.trigger("note", number=7)
    done = site.wait_for(id, State.SUCCESS, State.FAILED)
    assert (done.state, done.result, done.attempt) == (State.SUCCESS, 7, 1)
    assert done.carrier is not None and site.notes() == [(id, 1)]
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert len(site.living()) == 1  # it has said goodbye


def test_what_a_killed_worker_carried_is_tried_again_by_another_or_has_failed(site: Site) -> None:
    first = site.worker()
    with_retry, without = site.trigger("persist"), site.trigger("dwell")
    site.wait(lambda: len(site.notes()) == 2)
    site.worker()
    first.kill()
    done = site.wait_for(with_retry, State.SUCCESS, State.FAILED)
    assert (done.state, done.attempt, done.result) == (State.SUCCESS, 2, "done")
    [lost] = site.runtime.services.executions.attempts(with_retry)[:1]
    assert "carrier lost" in str(lost.error_message)
    failed = site.wait_for(without, State.SUCCESS, State.FAILED)
    assert failed.state is State.FAILED and "carrier lost" in str(failed.error_message)
    assert sorted(site.notes()) == sorted([(with_retry, 1), (without, 1), (with_retry, 2)])


def test_what_was_sent_together_does_not_wait_for_a_busy_worker_while_another_has_room(
    make_site: Callable[..., Site],
) -> None:
    site = make_site()
    for _ in range(100):  # enough for two in each message
        site.trigger("stay")
    site.start()
    site.worker("-c", "3")
    site.wait(lambda: len(site.notes()) == 3)
    site.worker("-c", "97")
    site.wait(lambda: len(site.notes()) >= 97)  # as many single ones as it carries a worker may keep in hand
    site.check_starts()


def test_a_message_that_comes_twice_starts_one_attempt(site: Site) -> None:
    ids = [site.trigger("dwell", seconds=0.5) for _ in range(5)]
    site.wait(lambda: len(site.handed_over()) == 5)
    tokens = site.handed_over()
    for id in ids:
        site.send(id, tokens[id])
    site.worker()
    for id in ids:
        site.wait_for(id, State.SUCCESS)
        site.send(id, tokens[id])  # and once more, when all is over
    after = site.trigger("note")
    site.wait_for(after, State.SUCCESS)
    assert sorted(site.notes()) == sorted([*((id, 1) for id in ids), (after, 1)])
