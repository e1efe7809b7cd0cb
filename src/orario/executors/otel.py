"""Traces by OpenTelemetry: tick, execution, attempt. Imported only where a collector is configured.

The ids of an execution's span follow from the execution's own id, so that every instance knows the parent of an
attempt without being told; a request's traceparent stands above that, and is kept with the execution.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from os import environ
from threading import Lock
from typing import Any
from uuid import UUID

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from orario.core.events import Ended
from orario.core.execution import Ending, Outcome, State, Trigger
from orario.engine.executor import Work

_MOST_LINKS = 128
_MOST_OPEN = 100_000
_ASKED = (Trigger.MANUAL, Trigger.RERUN)
_GOOD = (State.SUCCESS, State.CANCELLED)
_FORCED: ContextVar[tuple[int, int] | None] = ContextVar("orario_span_ids", default=None)
_W3C = TraceContextTextMapPropagator()

Parent = Callable[[UUID], str | None]


class Ids(RandomIdGenerator):
    """Random ids, but for the span of an execution."""

    def generate_trace_id(self) -> int:
        forced = _FORCED.get()
        return super().generate_trace_id() if forced is None else forced[0]

    def generate_span_id(self) -> int:
        forced = _FORCED.get()
        return super().generate_span_id() if forced is None else forced[1]


def provider(version: str, instance: UUID) -> TracerProvider:
    """One that sends to the collector that the OTEL_... variables of the environment name."""
    facts = {"service.name": environ.get("OTEL_SERVICE_NAME", "orario"), "service.version": version}
    made = TracerProvider(
        resource=Resource.create({**facts, "service.instance.id": str(instance)}),
        id_generator=Ids(),
        shutdown_on_exit=False,
    )
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        trace.set_tracer_provider(made)  # what a task's own libraries trace goes the same way
    return made


@dataclass
class _Open:
    work: Work
    tick: SpanContext | None


@dataclass
class OtelTraces:
    """`parent` finds the traceparent that was kept with an execution, or None."""

    provider: TracerProvider
    parent: Parent
    _tracer: trace.Tracer = field(init=False)
    _open: OrderedDict[UUID, _Open] = field(default_factory=OrderedDict)
    _parents: OrderedDict[UUID, SpanContext] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._tracer = self.provider.get_tracer("orario")

    def started(self, works: Sequence[Work], now: datetime) -> None:
        if not works:
            return
        due = any(work.trigger is Trigger.SCHEDULER and work.attempt == 1 for work in works)
        links = [Link(self._execution(work)) for work in works[:_MOST_LINKS] if work.trigger not in _ASKED]
        span = self._tracer.start_span(
            "tick" if due else "claim",
            context=contexts.Context(),
            links=links,
            attributes={"orario.executions": len(works)},
            start_time=_nanos(works[0].started_at),
        )
        span.end(_nanos(now))
        with self._lock:
            for work in works:
                self._open[work.execution_id] = _Open(work, span.get_span_context())
            while len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)

    def finished(self, ended: Sequence[Ended]) -> None:
        for one in ended:
            with self._lock:
                known = self._open.pop(one.execution_id, None)
                above = self._parents.pop(one.execution_id, None)
            if known is not None and one.state is not State.PENDING:
                self._tell(known, one, above)

    def begin(self, work: Work) -> "OtelAttempt":
        above = self._asker(work)
        attributes = {**_facts(work), "orario.attempt": work.attempt}
        parent = _under(self._execution(work, above))
        span = self._tracer.start_span(f"attempt {work.task.name}", context=parent, attributes=attributes)
        # Nothing detaches it: the context belongs to this attempt, and ends with it.
        contexts.attach(trace.set_span_in_context(span))
        return OtelAttempt(span)

    def close(self) -> None:
        self.provider.shutdown()

    def _asker(self, work: Work) -> SpanContext | None:
        """The span of the request that asked for this execution."""
        header = self.parent(work.execution_id) if work.trigger in _ASKED else None
        if header is None:
            return None
        found = trace.get_current_span(_W3C.extract({"traceparent": header})).get_span_context()
        if not found.is_valid:
            return None
        with self._lock:
            self._parents[work.execution_id] = found
            while len(self._parents) > _MOST_OPEN:
                self._parents.popitem(last=False)
        return found

    def _execution(self, work: Work, above: SpanContext | None = None) -> SpanContext:
        """The span of an execution, told of before it is told."""
        trace_id, span_id = ids_of(work.execution_id)
        if above is not None:
            return SpanContext(above.trace_id, span_id, True, above.trace_flags)
        verdict = self.provider.sampler.should_sample(None, trace_id, _name(work))
        is_sampled = verdict.decision is Decision.RECORD_AND_SAMPLE
        flags = TraceFlags.SAMPLED if is_sampled else TraceFlags.DEFAULT
        return SpanContext(trace_id, span_id, True, TraceFlags(flags))

    def _tell(self, known: _Open, one: Ended, above: SpanContext | None) -> None:
        """An execution has come to its end: its span, from the due moment on."""
        work = known.work
        since = one.started_at if work.trigger is Trigger.BACKFILL else min(work.scheduled_for, one.started_at)
        with _forced(ids_of(one.execution_id)):
            span = self._tracer.start_span(
                _name(work),
                context=contexts.Context() if above is None else _under(above),
                kind=SpanKind.CONSUMER,
                links=[Link(known.tick)] if known.tick is not None else [],
                attributes={**_facts(work), "orario.attempts": one.attempt, "orario.outcome": one.state.value},
                start_time=_nanos(since),
            )
        if one.state not in _GOOD:
            span.set_status(Status(StatusCode.ERROR, one.outcome.error_message))
        span.end(_nanos(one.finished_at))


@dataclass(frozen=True)
class OtelAttempt:
    """A span that is open while the function runs."""

    span: Span

    @property
    def traceparent(self) -> str:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, trace.set_span_in_context(self.span))
        return carrier["traceparent"]

    def end(self, outcome: Outcome) -> None:
        self.span.set_attribute("orario.ending", outcome.ending.value)
        if outcome.ending not in (Ending.SUCCEEDED, Ending.CANCELLED):
            self.span.set_status(Status(StatusCode.ERROR, outcome.error_message))
        self.span.end()


def ids_of(execution: UUID) -> tuple[int, int]:
    """The ids of an execution's trace and span. Mixed, since samplers take the bits of an id for chance."""
    mixed = blake2b(execution.bytes, digest_size=24).digest()
    return int.from_bytes(mixed[:16]), int.from_bytes(mixed[16:])


@contextmanager
def _forced(ids: tuple[int, int]) -> Iterator[None]:
    before = _FORCED.set(ids)
    try:
        yield
    finally:
        _FORCED.reset(before)


def _under(parent: SpanContext) -> contexts.Context:
    return trace.set_span_in_context(trace.NonRecordingSpan(parent), contexts.Context())


def _name(work: Work) -> str:
    return f"execution {work.task.name}"


def _facts(work: Work) -> dict[str, Any]:
    return {
        "orario.job": work.job.slug,
        "orario.task": work.task.name,
        "orario.queue": work.job.queue,
        "orario.execution.id": str(work.execution_id),
        "orario.trigger": work.trigger.value,
        "orario.scheduled_for": work.scheduled_for.isoformat(),
    }


def _nanos(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6) * 1000
