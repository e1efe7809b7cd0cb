"""The dashboard's page of health, backups and figures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from orario.apps.ops.tables import daily
from orario.service.people import Role
from tests.apps.ops.house import Site, running, until
from tests.apps.visitors import csrf, signed_in


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(f"sqlite:///{tmp_path}/orario.db") as site:
        yield site


def test_the_page_shows_health_backups_and_days_and_operators_may_ask_for_more(site: Site) -> None:
    viewer, operator = signed_in(site, "vera", Role.VIEWER), signed_in(site, "otto", Role.OPERATOR)
    before = viewer.get("/apps/ops")
    assert before.status_code == 200, before.text
    assert "Nobody has looked yet" in before.text and "No backups yet" in before.text
    assert "Look now" not in before.text

    form = {"csrf": csrf(operator.get("/apps/ops").text)}
    for job in ("health_check", "database_backup"):
        assert operator.post("/apps/ops/run", data=form | {"job": job}).status_code == 303
    client = site.client()
    [backup] = until(lambda: client.get("/backups").json())
    until(lambda: client.get("/jobs/health_check").json()["last_result"])
    assert client.post("/jobs/daily_analytics/trigger").json()["success"]
    with site.runtime.database.writing() as connection:
        connection.execute(update(daily).where(daily.c.slug == "health_check").values(failures=2))
    after = viewer.get("/apps/ops").text
    assert backup["filename"] in after and "sqlite" in after and "not configured" in after
    assert "Day by day" in after and "2 failed" in after
    [panel] = viewer.get("/live/once", params={"r": "ops.0:health_check:"}).json()
    assert "How long 95 of 100 took at most" in panel["html"] and "2 failed" in panel["html"]
