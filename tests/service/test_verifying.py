"""Each promise of the ledger, broken on purpose: it is found, told in a sentence, and mended where it can be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from orario.core.execution import State
from orario.core.ids import new_id
from orario.service.actors import Actor
from orario.service.integrity.faults import Fault
from orario.service.integrity.verifying import CHECKS, Verifier
from orario.store import instances
from orario.store.columns import to_micros
from orario.store.instances import Instance
from tests.service.conftest import START, World
from tests.service.ledger import INSTANCE, claim, gaps_of, moments_of, settle, tick

FIVE = timedelta(minutes=5)
Find = Callable[[str], list[str]]


def verifier(world: World) -> Verifier:
    with world.database.reading() as connection:
        living = [one.id for one in instances.living(connection)]
    return Verifier(world.database, world.clock, timedelta(days=7), living)


def found(world: World, kind: str) -> list[Fault]:
    one = verifier(world)
    return list(one.indexes() if kind == "indexes" else one.check(kind))


def mended(world: World, kind: str) -> list[str]:
    """What was found of one kind, all of which can be mended and then is well."""
    faults = found(world, kind)
    assert all(verifier(world).mend(fault) for fault in faults)
    assert found(world, kind) == []
    return [fault.sentence for fault in faults]


def do(world: World, statement: str, **values: Any) -> None:
    """What nobody does."""
    with world.database.writing() as connection:
        connection.execute(text(statement), values)


@pytest.fixture
def lived(world: World, ann: Actor) -> World:
    """An hour of a job: runs, a pause, failures, something that waits, something that runs."""
    with world.database.writing() as connection:
        who = Instance(id=INSTANCE, hostname="here", pid=1, version="1", started_at=START, beat_at=START)
        instances.register(connection, who)
    world.jobs.create(world.document(maxInstances=9), ann)
    for state in (State.SUCCESS, State.FAILED, State.SUCCESS):
        world.clock.advance(FIVE)
        tick(world)
        claim(world)
        world.clock.advance(timedelta(seconds=1))
        settle(world, state)
    world.jobs.pause("letters", None, None, ann)
    world.clock.advance(timedelta(minutes=20))
    world.jobs.resume("letters", ann)
    world.clock.advance(FIVE)
    tick(world)
    claim(world)
    world.jobs.trigger("letters", ann)
    return world


def test_a_database_that_has_lived_is_well(lived: World) -> None:
    assert [fault.sentence for kind in ("indexes", *CHECKS) for fault in found(lived, kind)] == []


def test_an_index_that_is_gone_is_made_again(lived: World) -> None:
    do(lived, "DROP INDEX uq_executions_moment")
    assert mended(lived, "indexes") == ["the index uq_executions_moment is not there"]


def test_a_state_that_is_none_is_told_and_left_alone(lived: World) -> None:
    do(lived, "UPDATE executions SET state = 'dreaming' WHERE state = 'failed'")
    [fault] = found(lived, "states")
    assert "is 'dreaming', which is no state" in fault.sentence and fault.mend is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("finished_at = NULL WHERE state = 'failed'", "has ended, but not when"),
        ("finished_at = 1 WHERE state = 'pending'", "waits, but has ended"),
        ("started_at = NULL WHERE state = 'running'", "runs, but has not begun"),
        ("attempt = 0 WHERE state = 'running'", "runs, but not its first attempt"),
    ],
)
def test_a_state_has_what_belongs_to_it(lived: World, change: str, told: str) -> None:
    do(lived, f"UPDATE executions SET {change}")
    [sentence] = mended(lived, "states")
    assert sentence.endswith(told)


def test_what_is_done_elsewhere_needs_no_carrier(lived: World) -> None:
    do(lived, "UPDATE executions SET carrier = NULL WHERE state = 'running'")
    assert len(found(lived, "carriers")) == 1
    do(lived, "UPDATE tasks SET handler_type = 'elsewhere'")
    assert found(lived, "carriers") == []


@pytest.mark.parametrize("broken", ["UPDATE instances SET gone_at = 1", "UPDATE executions SET carrier = NULL"])
def test_what_runs_without_a_living_carrier_is_recovered(lived: World, broken: str) -> None:
    do(lived, broken)
    [sentence] = mended(lived, "carriers")
    assert "runs, and no living instance carries it" in sentence
    assert lived.jobs.get("letters").cursor.counts[State.FAILED] == 2
    assert found(lived, "counters") == []


def test_a_lost_execution_with_retries_left_waits_for_the_next_attempt(lived: World) -> None:
    do(lived, "UPDATE instances SET gone_at = 1")
    do(lived, """UPDATE jobs SET policy = '{"retry": {"count": 2}}' WHERE slug = 'letters'""")
    mended(lived, "carriers")
    assert found(lived, "attempts") == found(lived, "states") == []
    with lived.database.reading() as connection:
        waiting = "SELECT COUNT(*) FROM executions WHERE state = 'pending' AND attempt = 1"
        assert connection.scalar(text(waiting)) == 1


def test_what_waits_for_a_job_that_is_gone_is_cancelled(lived: World) -> None:
    do(lived, "UPDATE jobs SET deleted_at = 1 WHERE slug = 'letters'")
    [sentence] = mended(lived, "causes")
    assert sentence.endswith("waits, but its job is gone")


def test_attempts_without_a_record_are_told(lived: World) -> None:
    do(lived, "UPDATE executions SET attempt = 4 WHERE state = 'failed'")
    [sentence] = mended(lived, "attempts")
    assert "is at attempt 4 (failed), with 0 earlier ones on record" in sentence


def test_a_hole_among_attempts_cannot_be_filled(lived: World) -> None:
    do(lived, "UPDATE executions SET attempt = 3 WHERE state = 'failed'")
    columns = "execution_id, number, token, started_at, finished_at, ending"
    some = "SELECT id, 2, token, 1, 1, 'failed' FROM executions WHERE state = 'failed'"
    do(lived, f"INSERT INTO attempts ({columns}) {some}")
    [fault] = found(lived, "attempts")
    assert "attempts are missing between 1 and 2" in fault.sentence and fault.mend is None


def test_lines_and_attempts_of_nothing_are_removed(lived: World) -> None:
    lines = "(execution_id, attempt, at, level, message) VALUES (:id, 1, 1, 'INFO', 'line')"
    attempts = "(execution_id, number, token, started_at, finished_at, ending) VALUES (:id, 1, :id, 1, 1, 'failed')"
    id = new_id(START).hex
    do(lived, f"INSERT INTO logs {lines}", id=id)
    do(lived, f"INSERT INTO attempts {attempts}", id=id)
    said = mended(lived, "orphans")
    assert [sentence.partition(" belong")[0] for sentence in said] == ["1 log lines", "1 attempts"]


def test_a_token_of_two_executions_is_renewed(lived: World) -> None:
    live = "state IN ('pending', 'running')"
    do(lived, f"UPDATE executions SET token = :token WHERE {live}", token=new_id(START).hex)
    [sentence] = mended(lived, "tokens")
    assert sentence.startswith("2 executions share the token")


def test_the_token_of_an_attempt_that_is_over_is_renewed(lived: World) -> None:
    columns = "execution_id, number, token, started_at, finished_at, ending"
    some = "SELECT id, 1, token, 1, 1, 'lost' FROM executions WHERE state = 'pending'"
    do(lived, f"INSERT INTO attempts ({columns}) {some}")
    [sentence] = mended(lived, "tokens")
    assert sentence.endswith("still has the token of an attempt that is over")


def test_a_job_without_a_cursor_gets_one_from_now_on(lived: World) -> None:
    do(lived, "DELETE FROM cursors WHERE job_id = (SELECT id FROM jobs WHERE slug = 'letters')")
    assert mended(lived, "cursors") == ["job letters has no cursor, so that nobody knows where it stands"]
    assert (lived.jobs.get("letters").cursor.next_at or START) > lived.clock.now()


def test_a_cursor_without_a_job_is_removed(lived: World) -> None:
    do(lived, "DELETE FROM jobs WHERE slug = 'letters'")
    [sentence] = mended(lived, "cursors")
    assert sentence.startswith("there is a cursor of job")


def test_counters_are_set_to_what_is_there(lived: World) -> None:
    before = lived.jobs.get("letters").cursor.counts
    do(lived, "UPDATE cursors SET success_count = success_count + 7")
    said = mended(lived, "counters")
    assert "job letters has counted 9 success and has 2" in said
    assert lived.jobs.get("letters").cursor.counts == before


def test_what_was_forgotten_is_counted_too(lived: World) -> None:
    lived.clock.advance(timedelta(days=100))
    assert sum(step.removed.executions for step in lived.services.retention.prune(90)) == 3
    assert found(lived, "counters") == []


@pytest.mark.parametrize("wrong", ["NULL", "next_at + 60000000", "next_at - 60000000"])
def test_a_next_moment_that_is_not_the_schedules_is_set_right(lived: World, wrong: str) -> None:
    right = lived.jobs.get("letters").cursor.next_at
    do(lived, f"UPDATE cursors SET next_at = {wrong} WHERE next_at IS NOT NULL")
    assert any("job letters is due next at" in sentence for sentence in mended(lived, "moments"))
    assert lived.jobs.get("letters").cursor.next_at == right


def test_a_job_that_is_disabled_has_no_next_moment(lived: World) -> None:
    do(lived, "UPDATE jobs SET is_enabled = false WHERE slug = 'letters'")
    [sentence] = mended(lived, "moments")
    assert sentence.endswith("its schedule says never")


def test_a_server_that_does_not_look_at_the_clock_is_told(lived: World) -> None:
    lived.clock.advance(timedelta(minutes=20))
    [fault] = found(lived, "moments")
    assert "and a server runs that did not look" in fault.sentence and fault.mend is None


def test_two_executions_of_one_moment_become_one_and_its_rerun(lived: World) -> None:
    do(lived, "DROP INDEX uq_executions_moment")
    columns = "job_id, job_name, task, queue, priority, state, trigger, scheduled_for, due_at, attempt, created_at"
    times = "started_at, finished_at"
    copied = f"SELECT :id, {columns}, :id, {times} FROM executions WHERE state = 'failed'"
    do(lived, f"INSERT INTO executions (id, {columns}, token, {times}) {copied}", id=new_id(lived.clock.now()).hex)
    [sentence] = mended(lived, "ledger")
    assert "has 2 executions for 2026-01-01 00:10" in sentence
    mended(lived, "indexes")


def test_a_gap_over_a_moment_that_ran_is_parted(lived: World) -> None:
    assert gaps_of(lived, "letters") == [(START + 4 * FIVE, START + 7 * FIVE, 4, "paused")]
    first = to_micros(START + 3 * FIVE)
    do(lived, "UPDATE gaps SET first = :first, count = 5", first=first)
    [sentence] = mended(lived, "ledger")
    assert "holds 1 moments that did run" in sentence
    assert gaps_of(lived, "letters") == [(START + 4 * FIVE, START + 7 * FIVE, 4, "paused")]


def test_a_moment_of_which_nothing_became_is_put_into_a_gap(lived: World) -> None:
    lived.clock.advance(FIVE)
    tick(lived)
    assert found(lived, "ledger") == []
    [*_, last] = moments_of(lived, "letters")
    do(lived, "DELETE FROM executions WHERE scheduled_for = :last", last=to_micros(last))
    [sentence] = mended(lived, "ledger")
    assert "and nothing became of it" in sentence
    assert gaps_of(lived, "letters")[-1] == (last, last, 1, "missed")


def test_what_was_forgotten_is_no_hole(lived: World) -> None:
    lived.clock.advance(timedelta(minutes=1))
    assert sum(step.removed.executions for step in lived.services.retention.prune(0, count=1))
    assert found(lived, "ledger") == []
