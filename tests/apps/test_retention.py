"""The job that forgets, in a whole Orario."""

from datetime import timedelta

import pytest

from orario import App, Every, State
from orario.apps.retention import app as retention
from orario.testing import Harness

shop = App("shop")


@shop.task(schedule=Every(minutes=1))
def sell() -> None:
    """Sell something."""


@pytest.fixture(autouse=True)
def kept_for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_RETENTION_DAYS", str(1 / 24))


def test_the_history_stays_as_long_as_it_is_to_be_kept() -> None:
    with Harness(shop, retention) as harness:
        harness.advance("3h")
        sold = harness.executions("sell")
        assert 60 <= len(sold) <= 66
        assert harness.cursor("sell").counts[State.SUCCESS] == 180


def test_the_result_says_what_was_removed() -> None:
    with Harness(shop, retention) as harness:
        harness.advance("2h")
        [*_, last] = harness.executions("prune-history")
        assert last.state is State.SUCCESS
        assert last.result["executions"] == last.progress.processed == 6  # 5 sales and one pruning


def test_a_job_says_itself_how_much_is_kept() -> None:
    app = App("busy")

    @app.task(schedule=Every(minutes=1), keep_count=10, keep_for="1d")
    def work() -> None:
        """Work."""

    with Harness(app, retention) as harness:
        harness.advance("3h")
        assert 10 <= len(harness.executions("work")) <= 11, "the one that ended beside the pruning is one more"


def test_a_limit_of_none_keeps_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_RETENTION_DAYS", "0")
    with Harness(shop, retention) as harness:
        harness.advance(timedelta(hours=3))
        assert len(harness.executions("sell")) == 180


def test_pruning_is_a_system_job(monkeypatch: pytest.MonkeyPatch) -> None:
    assert retention.tasks["retention.prune"].is_system
