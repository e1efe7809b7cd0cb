"""Workers carry what their queues hold, as a server would."""

from collections.abc import Sequence
from uuid import UUID

from orario.core.execution import State
from orario.service.actors import SYSTEM
from tests.workers.site import Site


def test_words_progress_and_secrets_are_those_of_a_server(busy: Site) -> None:
    id = busy.trigger("speak", password="hunter-forty-two")
    done = busy.wait_for(id, State.SUCCESS, State.FAILED)
    assert done.state is State.SUCCESS and done.progress.processed == 3
    lines = busy.runtime.services.executions.logs(id)
    assert {line.message for line in lines} >= {"saying it", "wrote ********"}
    assert "hunter" not in repr(lines) and "hunter" not in repr(done.result)
    assert "hunter" not in busy.log() and "printed ********" in busy.log()


def test_a_cancelled_attempt_ends_on_the_worker(busy: Site) -> None:
    id = busy.trigger("dwell")
    busy.wait(lambda: (id, 1) in busy.notes())
    busy.runtime.services.executions.cancel(id, SYSTEM)
    assert busy.wait_for(id, State.CANCELLED, State.FAILED).state is State.CANCELLED
    busy.wait(lambda: (id, 1) in busy.notes("ended"))


def test_a_time_out_ends_the_work_on_the_worker(busy: Site) -> None:
    id = busy.trigger("overstay")
    assert busy.wait_for(id, State.TIMEOUT, State.FAILED).state is State.TIMEOUT
    busy.wait(lambda: (id, 1) in busy.notes("ended"))


def test_no_more_is_in_flight_than_the_queue_is_wide_and_the_rest_keeps_its_order(busy: Site) -> None:
    busy.runtime.services.cluster.set_queue("far", SYSTEM, width=2, is_paused=True)
    ids = [busy.trigger("dwell", priority=number, seconds=0.2) for number in range(6)]
    busy.runtime.services.cluster.set_queue("far", SYSTEM, is_paused=False)
    assert most_at_once(busy, ids) == 2
    started = sorted(ids, key=lambda id: str(busy.get(id).started_at))
    assert {*started[:2]} == {*ids[4:]} and {*started[-2:]} == {*ids[:2]}
    busy.runtime.services.cluster.set_queue("far", SYSTEM, width=1000)


def test_a_worker_takes_no_more_at_once_than_it_was_told_to(busy: Site) -> None:
    assert most_at_once(busy, [busy.trigger("dwell", seconds=0.2) for _ in range(7)]) == 4


def most_at_once(site: Site, ids: Sequence[UUID]) -> int:
    """How many of these ran at the same time, once all have ended well."""
    for id in ids:
        site.wait_for(id, State.SUCCESS)
    spans = [(one.started_at, one.finished_at) for one in map(site.get, ids)]
    return max(
        sum(begin <= moment < end for begin, end in spans if begin is not None and end is not None)
        for moment, _ in spans
        if moment is not None
    )


def test_until_a_worker_starts_it_an_execution_is_pending_under_the_id_of_its_message(site: Site) -> None:
    id, never = site.trigger("note"), site.trigger("crowd")
    site.wait(lambda: site.handed_over().keys() == {id, never})
    waiting = site.get(id)
    assert waiting.state is State.PENDING and waiting.started_at is None
    assert site.handed_over()[id] == waiting.token
    said = site.runtime.services.jobs.why("note", None)
    assert "it was handed to Celery's queue far at" in str(said) and "no worker has taken it" in str(said)
    assert [one.handed_over for one in site.runtime.services.cluster.queues() if one.name == "far"] == [2]
    site.runtime.services.executions.cancel(never, SYSTEM)
    site.worker()
    done = site.wait_for(id, State.SUCCESS)
    assert done.token == waiting.token
    site.wait(lambda: site.handed_over() == {})
    assert site.get(never).state is State.CANCELLED and site.notes() == [(id, 1)]


def test_what_waits_in_a_queue_that_was_paused_or_given_back_meanwhile_is_no_longer_the_workers(site: Site) -> None:
    id = site.trigger("note")
    site.wait(lambda: id in site.handed_over())
    site.runtime.services.cluster.set_queue("far", SYSTEM, is_paused=True)
    site.worker()
    site.wait(lambda: site.handed_over() == {})
    assert site.get(id).state is State.PENDING
    site.runtime.services.cluster.set_queue("far", SYSTEM, executor="local", is_paused=False)
    assert site.wait_for(id, State.SUCCESS).carrier == site.runtime.engine.identity.id
    assert not site.notes()  # on a server nothing is noted
