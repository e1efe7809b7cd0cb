"""Traces: tick, execution and attempt belong together, and what works for an attempt stands under it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from orario import App, Context, Every, Retry
from orario.core.execution import State
from orario.core.tracing import fit
from orario.executors.otel import Ids, OtelTraces, ids_of
from orario.runtime import _kept_parent
from orario.service.documents import JobDocument
from orario.service.people import SYSTEM
from orario.testing import Harness
from tests.api.shop import make_shop
from tests.api.site import standing_site

ASKER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collected:
    """What a collector would have been sent."""

    def __init__(self, share: float = 1.0) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(
            id_generator=Ids(), sampler=ParentBasedTraceIdRatio(share), shutdown_on_exit=False
        )
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def spans(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if span.name == name]

    def of(self, name: str) -> ReadableSpan:
        [span] = self.spans(name)
        return span

    def listen(self, runtime: Any) -> None:
        traces = OtelTraces(self.provider, lambda id: _kept_parent(runtime.database, id))
        runtime.inbox.traces = runtime.engine.tally.traces = runtime.traces = traces


@contextmanager
def traced(app: App, share: float = 1.0) -> Iterator[tuple[Harness, Collected]]:
    collected = Collected(share)
    with Harness(app) as harness:
        collected.listen(harness.runtime)
        yield harness, collected


def context_of(span: ReadableSpan) -> Any:
    found = span.get_span_context()
    assert found is not None
    return found


def make_app(seen: list[Any]) -> App:
    app = App("shop")

    def look() -> None:
        own = trace.get_current_span().get_span_context()
        seen.append((own.trace_id, own.span_id))

    @app.task(schedule=Every(hours=1))
    async def on_the_loop(context: Context) -> None:
        """Look who is current."""
        look()

    @app.task
    def in_a_thread() -> None:
        """Look who is current."""
        look()

    @app.task(retries=Retry(1, delay="1s"))
    async def fails_once(context: Context) -> None:
        """Succeed at the second attempt."""
        if context.attempt == 1:
            raise RuntimeError("password=hunter22")

    return app


def test_tick_execution_and_attempt_belong_together() -> None:
    seen: list[Any] = []
    with traced(make_app(seen)) as (harness, collected):
        [fired] = harness.advance("1h")
    tick, execution = collected.of("tick"), collected.of("execution shop.on_the_loop")
    attempt = collected.of("attempt shop.on_the_loop")
    assert (context_of(execution).trace_id, context_of(execution).span_id) == ids_of(fired.id)
    assert attempt.parent is not None and attempt.parent.span_id == context_of(execution).span_id
    assert context_of(attempt).trace_id == context_of(execution).trace_id != context_of(tick).trace_id
    assert [link.context.span_id for link in tick.links] == [context_of(execution).span_id]
    assert [link.context.span_id for link in execution.links] == [context_of(tick).span_id]
    assert execution.parent is None
    assert dict(execution.attributes or {})["orario.execution.id"] == str(fired.id)
    assert execution.start_time == round(fired.scheduled_for.timestamp()) * 10**9


@pytest.mark.parametrize("job", ["on_the_loop", "in_a_thread"])
def test_the_attempt_is_the_current_span_of_its_function_and_of_nobody_else(job: str) -> None:
    seen: list[Any] = []
    with traced(make_app(seen)) as (harness, collected):
        harness.trigger(job) if job == "on_the_loop" else _run(harness, job)
    own = context_of(collected.of(f"attempt shop.{job}"))
    assert seen == [(own.trace_id, own.span_id)]
    assert not trace.get_current_span().get_span_context().is_valid


def _run(harness: Harness, task: str) -> UUID:
    """Trigger a job of a task that has none of its own."""
    found = harness.services.tasks.get(f"shop.{task}")
    document = JobDocument.model_validate(
        {"name": task, "taskFunctionId": found.id, "jobTypeId": 1, "scheduleConfig": {"hours": 5}, "retryCount": 1}
    )
    made = harness.services.jobs.create(document, SYSTEM)
    return harness.trigger(made.job.slug).id


def test_a_retry_is_another_attempt_of_the_same_execution_and_no_secret_is_told() -> None:
    with traced(make_app([])) as (harness, collected):
        id = _run(harness, "fails_once")
        harness.advance("5m")
        assert harness.services.executions.get(id).state is State.SUCCESS
    attempts = collected.spans("attempt shop.fails_once")
    execution = collected.of("execution shop.fails_once")
    assert [dict(one.attributes or {})["orario.attempt"] for one in attempts] == [1, 2]
    assert {one.parent.span_id for one in attempts if one.parent} == {context_of(execution).span_id}
    assert not attempts[0].status.is_ok and attempts[1].status.is_ok
    assert "hunter22" not in str([one.to_json() for one in attempts])


def test_who_is_not_sampled_is_sent_no_part_of() -> None:
    with traced(make_app([]), share=0.5) as (harness, collected):
        harness.advance("100h")
    executions, attempts = (collected.spans(f"{kind} shop.on_the_loop") for kind in ("execution", "attempt"))
    assert 20 < len(executions) < 80
    assert {context_of(one).trace_id for one in executions} == {context_of(one).trace_id for one in attempts}


def test_a_request_that_triggers_is_the_parent(tmp_path: Path) -> None:
    collected = Collected()
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with standing_site(tmp_path, make_shop()) as site:
            assert site.runtime.traces is not None
            site.runtime.traces.close()  # nobody collects at port 9
            collected.listen(site.runtime)
            client = site.client()
            job = client.get("/jobs").json()["jobs"][0]["id"]
            answer = client.post(f"/jobs/{job}/trigger", headers={"traceparent": ASKER})
            assert answer.status_code < 300, answer.text
            _wait(site, client, answer.json()["executionId"])
    [execution] = [one for one in collected.exporter.get_finished_spans() if one.name.startswith("execution ")]
    [attempt] = [one for one in collected.exporter.get_finished_spans() if one.name.startswith("attempt ")]
    trace_id, span_id = (int(part, 16) for part in ASKER.split("-")[1:3])
    assert execution.parent is not None and execution.parent.span_id == span_id
    assert context_of(execution).trace_id == context_of(attempt).trace_id == trace_id
    assert attempt.parent is not None and attempt.parent.span_id == context_of(execution).span_id


def _wait(site: Any, client: httpx.Client, execution: str) -> None:
    site.runtime.start()
    try:
        site.runtime.services.executions.wait(UUID(execution), 20)
    finally:
        site.runtime.engine.stop(timedelta(seconds=5))


@pytest.mark.parametrize(
    "header", ["", "nonsense", ASKER[:-1], ASKER.replace("00-0", "ff-0"), "00-" + "0" * 32 + ASKER[35:]]
)
def test_a_traceparent_that_is_none_is_not_kept(header: str) -> None:
    assert fit(header) is None


def test_without_a_collector_nothing_of_opentelemetry_is_loaded() -> None:
    code = "import sys, orario.cli, orario.runtime; print([name for name in sys.modules if 'opentelemetry' in name])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "[]\n", done.stdout + done.stderr
