"""Rows of the table with their values, in the form that prometheus_client writes out."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

from prometheus_client import Metric as Family
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.utils import floatToGoString

from orario.api.metrics.table import Kind, Metric
from orario.engine.tally import Histogram

Labels = TypeVar("Labels", bound=Sequence[str])


def one(metric: Metric, value: float) -> Family:
    """A metric without labels."""
    return many(metric, {(): value})


def many(metric: Metric, values: Mapping[Labels, float]) -> Family:
    """A counter or a gauge, a value for each set of labels."""
    kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = kind(metric.name, metric.sentence, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def histogram(metric: Metric, found: Mapping[Labels, Histogram]) -> Family:
    """A histogram for each set of labels."""
    family = HistogramMetricFamily(metric.name, metric.sentence, labels=metric.labels)
    for labels, values in found.items():
        bounds = [*map(floatToGoString, values.bounds), "+Inf"]
        # A copy first: what is added meanwhile must not make a bucket larger than the one above it.
        buckets = list(zip(bounds, accumulate(list(values.counts)), strict=True))
        family.add_metric(labels, buckets, values.sum)
    return family


def summary(metric: Metric, found: Iterable[tuple[Labels, int, float]]) -> Family:
    """A count and a sum for each set of labels."""
    family = SummaryMetricFamily(metric.name, metric.sentence, labels=metric.labels)
    for labels, count, total in found:
        family.add_metric(labels, count, total)
    return family


def info(metric: Metric, values: Mapping[str, str]) -> Family:
    """Facts that are told as labels."""
    return InfoMetricFamily(metric.name.removesuffix("_info"), metric.sentence, dict(values))
