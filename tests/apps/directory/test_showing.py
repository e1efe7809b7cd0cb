"""The dashboard's page of the directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.apps.directory import app
from orario.apps.directory.demo import DEMO
from orario.service.people import Role
from orario.web import ExecutionFilter
from tests.api.site import Site, standing_site
from tests.apps.visitors import csrf, signed_in


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with standing_site(tmp_path, app) as site:
        yield site


def test_the_page_shows_who_is_there_and_what_changed_and_operators_may_sync(site: Site) -> None:
    viewer, operator = signed_in(site, "vera", Role.VIEWER), signed_in(site, "otto", Role.OPERATOR)
    empty = viewer.get("/apps/directory")
    assert empty.status_code == 200 and "No directory is configured" in empty.text and "Nothing yet" in empty.text
    DEMO.load(site.runtime.services)
    full = viewer.get("/apps/directory", params={"q": "țurcanu"}).text
    assert "active, of 118" in full and "stefan.turcanu" in full and "Sync users now" not in full
    assert "Nobody is found" in viewer.get("/apps/directory", params={"q": "<b>%_"}).text
    form = {"csrf": csrf(operator.get("/apps/directory").text)}
    assert viewer.post("/apps/directory/sync", data=form | {"what": "users"}).status_code in (400, 403)
    for more in ({"what": "users"}, {"what": "groups", "dry": "yes"}):
        assert operator.post("/apps/directory/sync", data=form | more).status_code == 303
    assert operator.post("/apps/directory/sync", data=form | {"what": "all"}).status_code == 404
    opened = site.runtime.services.executions.find(ExecutionFilter()).items
    assert sorted((one.task, (one.args or {}).get("dry_run")) for one in opened) == [
        ("sync_domain_groups", True),
        ("sync_domain_users", None),
    ]
