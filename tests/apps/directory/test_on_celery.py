"""The same syncs, carried by a Celery worker on `ad_queue` instead of the server itself."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from orario import State
from orario.apps.directory.tables import changes, users
from tests.servers.redis import Redis
from tests.servers.slapd import Slapd
from tests.workers.site import Site

SOME = 1000


class AdSite(Site):
    """A server and its workers that follow a directory."""

    app, queue, kept = "directory", "ad_queue", "ORARIO_DIRECTORY_"

    def count(self) -> int:
        with self.runtime.database.reading() as connection:
            return connection.execute(select(func.count()).select_from(users)).scalar_one()


def test_a_worker_syncs_as_the_server_does_and_another_goes_on_where_it_was_killed(
    redis: Redis, postgresql_url: str, tmp_path: Path, crowd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORARIO_DIRECTORY_URLS", crowd.url)
    monkeypatch.setenv("ORARIO_DIRECTORY_PAGE_SIZE", "10")
    monkeypatch.setenv("ORARIO_DIRECTORY_USERS_FILTER", "(uid=user00*)")
    site = AdSite(tmp_path, postgresql_url, redis.url)
    try:
        site.start()
        doomed = site.worker("-c", "2")
        first = site.trigger("domain-user-sync")
        site.wait(lambda: site.count() >= SOME // 10)
        doomed.kill()
        before = site.count()
        site.worker("-c", "2")
        site.wait_for(first, State.PENDING)  # its carrier was lost; it is tried again in a minute
        ended = site.wait_for(site.trigger("domain-user-sync"), State.SUCCESS)
        assert isinstance(ended.result, dict)
        assert (ended.result["synced_count"], ended.result["created"]) == (SOME, SOME - before)
        with site.runtime.database.reading() as connection:
            told = connection.execute(select(func.count()).select_from(changes)).scalar_one()
        assert site.count() == told == SOME, "nobody twice"
    finally:
        site.close()
