"""Workers carry what their queues hold, as a server would."""

import pytest

from orario.core.execution import State
from orario.service.actors import SYSTEM as ACTOR
from tests.workers.site import Site

pytestmark = pytest.mark.one_database


def test_until_a_worker_starts_it_an_execution_is_pending_under_the_id_of_its_message(site: Site) -> None:
    id = site.trigger("note")
    site.wait(lambda: id in site.handed_over())
    waiting = site.get(id)
    assert waiting.state is State.PENDING and waiting.started_at is None
    assert site.handed_over()[id] == waiting.token
    site.worker()
    done = site.wait_for(id, State.SUCCESS)
    assert done.token == waiting.token
    site.wait(lambda: site.handed_over() == {})


def test_words_progress_and_secrets_are_those_of_a_server(site: Site) -> None:
    site.worker()
    id = site.trigger("speak", password="hunter-forty-two")
    done = site.wait_for(id, State.SUCCESS, State.FAILED)
    assert done.state is State.SUCCESS and done.progress.processed == 3
    lines = site.runtime.services.executions.logs(id)
    assert {line.message for line in lines} >= {"saying it", "wrote ********"}
    assert "hunter" not in repr(lines) and "hunter" not in repr(done.result)
    assert "hunter" not in site.log() and "printed ********" in site.log()


def test_a_cancelled_attempt_ends_on_the_worker(site: Site) -> None:
    site.worker()
    id = site.trigger("dwell")
    site.wait(lambda: len(site.notes()) == 1)
    site.runtime.services.executions.cancel(id, ACTOR)
    assert site.wait_for(id, State.CANCELLED, State.FAILED).state is State.CANCELLED
    site.wait(lambda: len(site.notes("ended")) == 1)


def test_what_is_cancelled_before_a_worker_takes_it_never_starts(site: Site) -> None:
    id = site.trigger("note")
    site.wait(lambda: id in site.handed_over())
    site.runtime.services.executions.cancel(id, ACTOR)
    site.worker()
    after = site.trigger("note")
    site.wait_for(after, State.SUCCESS)
    assert site.get(id).state is State.CANCELLED and site.notes() == [(after, 1)]


def test_a_time_out_ends_the_work_on_the_worker(site: Site) -> None:
    site.worker()
    id = site.trigger("overstay")
    assert site.wait_for(id, State.TIMEOUT, State.FAILED).state is State.TIMEOUT
    site.wait(lambda: len(site.notes("ended")) == 1)


def test_no_more_is_in_flight_than_the_queue_is_wide(site: Site) -> None:
    site.runtime.services.cluster.set_queue("far", ACTOR, width=3)
    ids = [site.trigger("dwell", seconds=0.3) for _ in range(8)]
    site.wait(lambda: len(site.handed_over()) == 3)
    site.worker("-c", "8")
    most = 0

    def all_done() -> bool:
        nonlocal most
        states = [one.state for one in site.all()]
        most = max(most, states.count(State.RUNNING))
        return states.count(State.SUCCESS) == len(ids)

    site.wait(all_done)
    assert most <= 3
    site.check_starts()


def test_a_worker_takes_no_more_at_once_than_it_was_told_to(site: Site) -> None:
    site.worker("-c", "2")
    for _ in range(5):
        site.trigger("dwell", seconds=0.3)
    most = 0

    def all_done() -> bool:
        nonlocal most
        states = [one.state for one in site.all()]
        most = max(most, states.count(State.RUNNING))
        return states.count(State.SUCCESS) == 5

    site.wait(all_done)
    assert most == 2


def test_a_queue_given_back_is_carried_by_the_server(site: Site) -> None:
    id = site.trigger("note")
    site.wait(lambda: id in site.handed_over())
    site.runtime.services.cluster.set_queue("far", ACTOR, executor="local")
    done = site.wait_for(id, State.SUCCESS)
    assert done.carrier == site.runtime.engine.identity.id


def test_what_waits_in_a_queue_that_was_paused_meanwhile_is_not_started(site: Site) -> None:
    id = site.trigger("note")
    site.wait(lambda: id in site.handed_over())
    site.runtime.services.cluster.set_queue("far", ACTOR, is_paused=True)
    site.worker()
    site.wait(lambda: site.handed_over() == {})
    assert site.get(id).state is State.PENDING
    site.runtime.services.cluster.set_queue("far", ACTOR, is_paused=False)
    site.wait_for(id, State.SUCCESS)
    site.check_starts()
