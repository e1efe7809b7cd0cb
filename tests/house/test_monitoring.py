"""Fails when the dashboard or an alert asks for a metric or a label that there is not."""

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from orario.api.metrics.table import METRICS, Kind
from tests.house.sources import ROOT

DOCS = ROOT / "docs" / "monitoring"
TABLE = {one.name: one for one in METRICS}
_NAME = re.compile(r"\borario_[a-z_]+")
_BY = re.compile(r"\bby \(([^)]*)\)")
_MATCHED = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
_FOREIGN = {"job", "instance", "le"}  # Prometheus's own


def _panels() -> Iterator[tuple[str, str]]:
    for panel in json.loads((DOCS / "grafana.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def _alerts() -> Iterator[tuple[str, str]]:
    for group in yaml.safe_load((DOCS / "alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


def _asked(expression: str) -> set[str]:
    """The metrics that an expression names; a histogram by its buckets."""
    found = set(_NAME.findall(expression))
    histograms = {one.name for one in METRICS if one.kind is Kind.HISTOGRAM}
    return {name.removesuffix("_bucket") if name.removesuffix("_bucket") in histograms else name for name in found}


@pytest.mark.parametrize(("title", "expression"), [*_panels(), *_alerts()])
def test_what_is_asked_for_is_there(title: str, expression: str) -> None:
    asked = _asked(expression)
    assert asked, f"{title} asks for nothing of Orario"
    assert asked <= TABLE.keys(), f"{title} asks for {asked - TABLE.keys()}, and there is no such metric"
    labels = {label for name in asked for label in TABLE[name].labels} | _FOREIGN
    used = {label.strip() for group in _BY.findall(expression) for label in group.split(",")}
    used |= set(_MATCHED.findall(expression))
    assert used <= labels, f"{title} uses {used - labels}, which its metrics do not have"


def test_every_alert_says_what_is_wrong() -> None:
    for group in yaml.safe_load((DOCS / "alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"] and rule["labels"]["severity"] in {"warning", "critical"}


def test_no_two_panels_lie_on_each_other() -> None:
    panels = json.loads((DOCS / "grafana.json").read_text())["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len({panel["id"] for panel in panels}) == len(panels)
