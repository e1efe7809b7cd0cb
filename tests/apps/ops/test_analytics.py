"""Figures per job and day: true, whole, and still there when the history is not."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from orario import App, Every, State
from orario.apps.ops.tables import daily
from orario.core.execution import Execution
from orario.store.tables import executions
from orario.testing import TESTER, Harness
from tests.apps.ops.house import quiet

START = datetime(2026, 3, 1, tzinfo=UTC)


def make_shop(minutes: int = 30) -> App:
    shop = App("books")
    runs = Counter[str]()

    @shop.task(schedule=Every(minutes=minutes))
    def close() -> None:
        """Close the books; every fifth time they do not balance."""
        runs["close"] += 1
        if runs["close"] % 5 == 0:
            raise ValueError("unbalanced")

    @shop.task(schedule=Every(hours=6))
    def restock() -> None:
        """Fill the shelves."""

    return shop


def rows(house: Harness, slug: str) -> dict[date, Any]:
    with house.runtime.database.reading() as connection:
        found = connection.execute(select(daily).where(daily.c.slug == slug).order_by(daily.c.day))
        return {row.day: row._mapping for row in found}


def scattered(house: Harness) -> None:
    """As if every run had taken its own time, and begun late."""
    chance = Random(3)
    with house.runtime.database.writing() as connection:
        for one in house.executions("close"):
            if one.state is not State.SKIPPED:
                began = one.scheduled_for + timedelta(seconds=round(chance.uniform(0, 4), 6))
                ended = began + timedelta(seconds=round(chance.lognormvariate(1, 1.5), 6))
                change = update(executions).where(executions.c.id == one.id)
                connection.execute(change.values(started_at=began, finished_at=ended))


def true_percentile(values: list[float], share: int) -> float:
    return sorted(values)[max(-(-len(values) * share // 100) - 1, 0)]


def of_day(found: list[Execution], day: date) -> list[Execution]:
    return [one for one in found if one.created_at.date() == day]


def test_the_figures_are_those_of_the_executions_and_outlive_them(database_url: str) -> None:
    with quiet(database_url, make_shop(), start=START) as house:
        house.advance("26h")
        scattered(house)
        found = house.executions("close")
        done = house.trigger("daily_analytics")
        assert (done.state, done.result["until"]) == (State.SUCCESS, "2026-03-02")
        figures = rows(house, "close")
        assert [row["is_final"] for row in figures.values()] == [True, False]
        for day, row in figures.items():
            mine = of_day(found, day)
            ended = Counter(one.state for one in mine)
            assert (row["executions"], row["successes"], row["failures"]) == (
                len(mine),
                ended[State.SUCCESS],
                ended[State.FAILED],
            )
            assert row["success_rate"] == round(100 * ended[State.SUCCESS] / len(mine), 2)
            took = [one.duration_seconds or 0.0 for one in mine if one.state is State.SUCCESS]
            late = [(one.started_at - one.scheduled_for).total_seconds() for one in mine if one.started_at]
            for share in (50, 95, 99):
                assert row[f"duration_p{share}"] == pytest.approx(true_percentile(took, share), rel=0.001)
                assert row[f"lag_p{share}"] == pytest.approx(true_percentile(late, share), rel=0.001, abs=1e-6)
            assert row["duration_average"] == pytest.approx(sum(took) / len(took))
            assert row["duration_longest"] == pytest.approx(max(took))
        assert rows(house, "restock")[START.date()]["executions"] == 3

        forget(house)
        assert not [one for one in house.executions("close") if one.created_at.date() == START.date()]
        house.trigger("daily_analytics")
        after, before = dict(rows(house, "close")[START.date()]), dict(figures[START.date()])
        assert after.pop("computed_at") >= before.pop("computed_at") and after == before, "it is kept as it was"


def forget(house: Harness) -> None:
    for slug in ("close", "restock"):
        house.services.jobs.pause(slug, None, None, TESTER)
    house.advance("1d")
    for step in house.services.retention.prune(days=1):
        assert step.rest >= 0


@pytest.mark.one_database
def test_days_on_which_nobody_looked_are_caught_up_with(database_url: str) -> None:
    with quiet(database_url, make_shop(minutes=360), start=START) as house:
        house.advance("26h")
        assert set(rows(house, "restock")) == {date(2026, 3, 1), date(2026, 3, 2)}
        house.services.jobs.pause("daily_analytics", None, None, TESTER)
        house.advance("4d")
        house.services.jobs.resume("daily_analytics", TESTER)
        house.advance("1d")
        assert len(rows(house, "restock")) == 7
        assert [row["executions"] for row in rows(house, "restock").values()][1:-1] == [4] * 5
        assert [row["is_final"] for row in rows(house, "restock").values()] == [True] * 6 + [False]


@pytest.mark.one_database
def test_what_was_forgotten_before_anybody_looked_is_told_from_what_is_left_of_it(database_url: str) -> None:
    with quiet(database_url, make_shop(), start=START) as house:
        house.services.jobs.pause("daily_analytics", None, None, TESTER)
        house.advance("30h")
        forget(house)
        house.trigger("daily_analytics")
        first = rows(house, "close")[START.date()]
        assert (first["executions"], first["is_estimated"]) == (47, True)
