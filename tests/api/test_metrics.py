"""Tests of /metrics: the table is complete, the numbers are right, the labels few, and nothing makes it hang."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric as Family
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed

from bench.tally import endings, works
from orario.api.metrics.table import JOB_DURATION, JOB_FINISHED, METRICS, Kind
from orario.core.events import Alarm
from orario.core.planning import Gap, Reason
from orario.engine.tally import Tally
from orario.service import figures
from orario.service.people import Role
from orario.store.database import Database
from orario.store.figures import MOST_QUEUES, OTHER
from tests.api.shop import make_shop
from tests.api.site import Site, standing_site

FROZEN = Alarm("frozen", "the ticker has stood still", datetime.now(UTC))
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(site: Site) -> dict[str, Family]:
    answer = site.client(Role.VIEWER, prefix="").get("/metrics")
    assert answer.status_code == 200
    return {family.name: family for family in parsed(answer.text)}


def samples(site: Site) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in scrape(site).values()
        for sample in family.samples
    }


def value(site: Site, name: str, **labels: str) -> float:
    return samples(site)[name, frozenset(labels.items())]


def test_every_metric_told_is_in_the_table_with_its_kind_and_labels(site: Site) -> None:
    _count_something(site.runtime.engine.tally)
    site.runtime.vitals.alarms = (FROZEN,)
    table = {one.name: one for one in METRICS}
    for family in scrape(site).values():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert name in table, f"{name} is not in the table of metrics"
        told = Kind.GAUGE if table[name].kind is Kind.INFO else table[name].kind
        assert family.type == told.value
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(table[name].labels)


def test_every_metric_of_the_table_is_told_by_a_running_instance(client: Any, site: Site) -> None:
    site.runtime.engine.tally.jobs_shown = 1
    _count_something(site.runtime.engine.tally)
    site.runtime.start()
    try:
        told = {f"{one.name}_total" if one.type == "counter" else one.name for one in scrape(site).values()}
    finally:
        site.runtime.engine.stop(timedelta(0))
    assert {one.name for one in METRICS} == told


def _count_something(tally: Tally) -> None:
    now = datetime.now(UTC)
    begun = works(now)[:10]
    tally.due(11)
    tally.opened(10)
    tally.started(begun, now)
    tally.finished(endings(begun, now))
    tally.gaps([(begun[0].execution_id, Gap(now, now, 3, Reason.MISSED))])
    tally.refused(1)
    tally.alarmed(FROZEN)
    tally.alarmed(replace(FROZEN, is_over=True))


def test_counters_and_histograms_are_those_of_the_engine(site: Site) -> None:
    _count_something(site.runtime.engine.tally)
    found = samples(site)
    task = ("task", "bench.nothing")
    assert found["orario_due_moments_total", frozenset()] == 11
    assert found["orario_executions_finished_total", frozenset({task, ("outcome", "success")})] == 10
    assert found["orario_executions_finished_total", frozenset({task, ("outcome", "failed")})] == 0
    assert found["orario_attempts_total", frozenset({task, ("ending", "success")})] == 10
    assert found["orario_gap_moments_total", frozenset({("reason", "missed")})] == 3
    assert found["orario_start_lag_seconds_count", frozenset()] == 10
    assert found["orario_attempt_duration_seconds_bucket", frozenset({task, ("le", "+Inf")})] == 10
    assert found["orario_alarms_total", frozenset({("kind", "frozen")})] == 1


def test_no_job_is_named_unless_a_setting_asks_for_it(site: Site) -> None:
    _count_something(site.runtime.engine.tally)
    assert JOB_FINISHED.name.removesuffix("_total") not in scrape(site)
    assert not any("job" in sample.labels for family in scrape(site).values() for sample in family.samples)


def test_as_many_jobs_are_named_as_the_setting_says(tmp_path: Path) -> None:
    with standing_site(tmp_path, make_shop(), metrics_per_job=3) as site:
        _count_something(site.runtime.engine.tally)
        found = scrape(site)
    jobs = {sample.labels["job"] for sample in found[JOB_DURATION.name].samples}
    assert len(jobs) == 4 and OTHER in jobs


def test_what_waits_is_told_by_queue_with_the_oldest_wait(site: Site, client: Any, job: dict[str, Any]) -> None:
    for _ in range(3):
        assert client.post(f"/jobs/{job['id']}/trigger").status_code < 300
    [queue] = [sample.labels["queue"] for sample in scrape(site)["orario_queue_pending"].samples]
    assert value(site, "orario_queue_pending", queue=queue) == 3
    assert value(site, "orario_queue_running", queue=queue) == 0
    assert 0 < value(site, "orario_queue_oldest_wait_seconds", queue=queue) < 60


def test_queues_past_the_cap_share_a_label(site: Site, client: Any, document: dict[str, Any]) -> None:
    for number in range(MOST_QUEUES + 5):
        made = client.post("/jobs", json={**document, "name": f"Job {number}", "queue": f"queue-{number:03}"})
        assert client.post(f"/jobs/{made.json()['id']}/trigger").status_code < 300
    pending = scrape(site)["orario_queue_pending"].samples
    assert len(pending) == MOST_QUEUES + 1
    assert {sample.labels["queue"]: sample.value for sample in pending}[OTHER] == 5


def test_openmetrics_is_spoken_to_who_asks_for_it(site: Site) -> None:
    _count_something(site.runtime.engine.tally)
    answer = site.client(Role.VIEWER, prefix="").get(
        "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    )
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert "orario_build" in {family.name for family in parsed_openmetrics(answer.text)}  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text;version=x", "text/plain; version=9.9.9", "\x7f", "*/*"]
)
def test_a_strange_accept_header_is_answered(site: Site, accept: str) -> None:
    assert site.client(Role.VIEWER, prefix="").get("/metrics", headers={"Accept": accept}).status_code == 200


def test_on_loopback_no_token_is_needed(nobody: Any, site: Site) -> None:
    assert site.client(None, prefix="").get("/metrics").status_code == 200
    assert site.client(None, prefix="").get("/metrics", headers={"Host": "evil.example"}).status_code == 403


def test_beyond_loopback_a_viewers_token_is_needed(tmp_path: Path) -> None:
    with standing_site(tmp_path, make_shop(), host="0.0.0.0") as site:
        assert site.client(None, prefix="").get("/metrics").status_code == 401
        assert site.client(Role.VIEWER, prefix="").get("/metrics").status_code == 200


@contextmanager
def hung(database: Database) -> Iterator[None]:
    """A database whose readers all wait: every connection of its pool is taken."""
    release = threading.Event()
    taken = threading.Semaphore(0)

    def hold() -> None:
        with database.reading():
            taken.release()
            release.wait()

    most = 60
    threads = [threading.Thread(target=hold) for _ in range(most)]
    for thread in threads:
        thread.start()
    for _ in threads:
        taken.acquire()
    try:
        yield
    finally:
        release.set()
        for thread in threads:
            thread.join()


def test_a_hung_database_delays_a_scrape_only_so_long_and_hides_no_counter(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "PATIENCE", 0.2)
    _count_something(site.runtime.engine.tally)
    site.token(Role.VIEWER)
    site.client(Role.VIEWER, prefix="").get("/metrics")
    with hung(site.runtime.database):
        found = samples(site)
    assert found["orario_database_up", frozenset()] == 0
    assert found["orario_due_moments_total", frozenset()] == 11
    assert ("orario_overdue_seconds", frozenset()) not in found
    assert value(site, "orario_database_up") == 1
