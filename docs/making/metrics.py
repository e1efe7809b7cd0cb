"""The page of metrics."""

from making.markdown import code, page, table
from orario.api.metrics.table import METRICS


def metrics() -> str:
    rows = [
        [code(one.name), one.kind.value, ", ".join(code(label) for label in one.labels), one.sentence]
        for one in METRICS
    ]
    return page(
        "Metrics",
        "`GET /metrics` tells these, as Prometheus text or as OpenMetrics. Counters and histograms are those of the "
        "instance that is asked, since it started; what is said of queues, jobs, the lease and the database is the "
        "same whichever is asked. [How to monitor](../how-to/monitor.md) has a dashboard and alerts made of them.",
        [table(["metric", "kind", "labels", "what it is"], rows)],
    )
