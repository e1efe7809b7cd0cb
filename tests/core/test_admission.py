"""Who of those that wait may start now, as a table of cases."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orario.core.admission import Admission, Request, Verdict
from orario.core.policy import Overlap, Policy
from orario.core.task import Mode

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
JOB, OTHER = "one", "another"


def admission(running: int = 0, in_queue: int | None = None, room: int = 10, **widths: int) -> Admission:
    """So many of JOB run, so many in the queue; widths are 5 unless told."""
    carried = running if in_queue is None else in_queue
    return Admission(Counter({JOB: running}), Counter(mail=carried), widths, 5, dict.fromkeys(Mode, room))


def request(job: str = JOB, **differences: Any) -> Request:
    usual = {"policy": Policy(), "queue": "mail", "mode": Mode.LOOP, "expires_at": None, "attempt": 0}
    return Request(job=job, **{**usual, **differences})


def with_overlap(overlap: Overlap, max_instances: int = 1) -> Policy:
    return Policy(overlap=overlap, max_instances=max_instances)


@pytest.mark.parametrize(
    ("overlap", "attempt", "verdict"),
    [
        (Overlap.SKIP, 0, Verdict.SKIP),
        (Overlap.QUEUE, 0, Verdict.WAIT),
        (Overlap.CANCEL_OTHER, 0, Verdict.CANCEL_OTHER),
        (Overlap.SKIP, 1, Verdict.WAIT),
        (Overlap.QUEUE, 1, Verdict.WAIT),
        (Overlap.CANCEL_OTHER, 1, Verdict.WAIT),  # a retry is no newer execution
    ],
)
def test_at_its_limit_a_job_treats_what_is_new_by_its_policy_and_lets_retries_wait(
    overlap: Overlap, attempt: int, verdict: Verdict
) -> None:
    for max_instances in (1, 3):
        asked = request(policy=with_overlap(overlap, max_instances), attempt=attempt)
        assert admission(running=max_instances).judge(asked, NOW) is verdict
        assert admission(running=max_instances - 1).judge(asked, NOW) is Verdict.START


@pytest.mark.parametrize("overlap", list(Overlap))
def test_overlap_is_judged_before_the_place_in_a_queue(overlap: Overlap) -> None:
    asked = request(policy=with_overlap(overlap))
    assert admission(running=1, mail=1).judge(asked, NOW) is admission(running=1).judge(asked, NOW)


@pytest.mark.parametrize(
    ("crowded", "verdict"),
    [
        (admission(in_queue=4), Verdict.START),
        (admission(in_queue=5), Verdict.WAIT),
        (admission(in_queue=5, mail=6), Verdict.START),
        (admission(in_queue=1, mail=1), Verdict.WAIT),
        (admission(in_queue=0, mail=0), Verdict.WAIT),  # a paused queue
        (admission(in_queue=0, letters=0), Verdict.START),
        (admission(room=0), Verdict.WAIT),
        (admission(room=-1), Verdict.WAIT),
        (admission(room=1), Verdict.START),
    ],
)
def test_who_finds_no_place_waits(crowded: Admission, verdict: Verdict) -> None:
    assert crowded.judge(request(), NOW) is verdict


@pytest.mark.parametrize(
    ("expires_at", "attempt", "verdict"),
    [
        (None, 0, Verdict.START),
        (NOW, 0, Verdict.START),
        (NOW - SECOND, 0, Verdict.MISS),
        (NOW - SECOND, 1, Verdict.START),  # it started in time once
    ],
)
def test_what_could_not_start_in_time_is_missed(expires_at: datetime | None, attempt: int, verdict: Verdict) -> None:
    assert admission().judge(request(expires_at=expires_at, attempt=attempt), NOW) is verdict


def test_what_is_too_late_is_missed_even_where_it_would_be_skipped() -> None:
    assert admission(running=1).judge(request(expires_at=NOW - SECOND), NOW) is Verdict.MISS


def test_every_start_takes_its_place_from_those_that_follow() -> None:
    round_ = admission(mail=3)
    policy = with_overlap(Overlap.QUEUE, 2)
    verdicts = [round_.judge(request(policy=policy), NOW) for _ in range(3)]
    verdicts += [round_.judge(request(OTHER, policy=policy), NOW) for _ in range(2)]
    assert verdicts == [Verdict.START, Verdict.START, Verdict.WAIT, Verdict.START, Verdict.WAIT]
    assert (round_.by_job, round_.by_queue) == ({JOB: 2, OTHER: 1}, {"mail": 3})
    assert round_.room[Mode.LOOP] == 7


def test_a_skipped_execution_takes_no_place() -> None:
    round_ = admission(running=1)
    assert round_.judge(request(), NOW) is Verdict.SKIP
    assert round_.by_queue["mail"] == 1
    assert not round_.full_jobs


@pytest.mark.parametrize("overlap", [Overlap.QUEUE, Overlap.CANCEL_OTHER])
def test_a_job_at_its_limit_is_not_looked_at_again(overlap: Overlap) -> None:
    round_ = admission(running=1)
    round_.judge(request(policy=with_overlap(overlap)), NOW)
    assert round_.full_jobs == {JOB}


@pytest.mark.parametrize(
    ("crowded", "is_blocked"),
    [
        (admission(), False),
        (admission(in_queue=5), True),
        (admission(in_queue=5, mail=6), False),
        (admission(letters=0), True),
        (admission(room=0), True),
    ],
)
def test_behind_what_is_full_somebody_may_wait_unjudged(crowded: Admission, is_blocked: bool) -> None:
    assert crowded.is_blocked is is_blocked


@pytest.mark.parametrize("overlap", list(Overlap))
def test_a_backfill_waits_for_its_turn_whatever_the_overlap_says(overlap: Overlap) -> None:
    asked = request(policy=with_overlap(overlap), is_patient=True)
    assert admission(running=1).judge(asked, NOW) is Verdict.WAIT
