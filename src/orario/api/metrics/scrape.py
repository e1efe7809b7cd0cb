"""One scrape: what was counted, how things stand, this process; as Prometheus text or as OpenMetrics."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from orario.api.metrics import table
from orario.api.metrics.counted import by_job, counted
from orario.api.metrics.families import one
from orario.api.metrics.measured import of_database, of_instance
from orario.engine.engine import Engine
from orario.service.figures import Gauges

_OPENMETRICS = "application/openmetrics-text"


@dataclass(eq=False)
class Scrapes(Collector):
    """All metrics of one instance. Nothing is kept between scrapes but what the engine counts."""

    engine: Engine
    gauges: Gauges
    version: str
    _registry: CollectorRegistry = field(init=False)

    def __post_init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(namespace="orario", registry=self._registry)

    def write(self, accept: str) -> tuple[bytes, str]:
        """The text, and its content type; `accept` is what the scraper says it reads."""
        if _OPENMETRICS in accept:
            text: bytes = openmetrics.generate_latest(self._registry)  # type: ignore[no-untyped-call]
            return text, openmetrics.CONTENT_TYPE_LATEST
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4

    def describe(self) -> Iterator[Family]:
        """Names are not asked for in advance: that would read the database."""
        return iter(())

    def collect(self) -> Iterator[Family]:
        engine, tally = self.engine, self.engine.tally
        yield from counted(tally)
        yield from of_instance(engine.vitals, self.version, engine.database.dialect)
        jobs = dict(tally.jobs)
        reading = self.gauges.look(engine.identity.id, [id for id in jobs if id is not None])
        yield one(table.UP, 0 if reading is None else 1)
        if reading is not None:
            yield from of_database(reading, engine.clock.now())
        if jobs:
            yield from by_job(jobs, {} if reading is None else reading.slugs)
