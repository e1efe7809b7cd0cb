"""Every job, cut off at each of its transactions, before and after the commit: the next attempt makes it whole."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select

from orario.apps.agent.schedules import PLANNED
from orario.apps.agent.tables import credentials, logs, mails, messages, metadata, reservations, sessions
from orario.core.execution import State
from orario.demo.mailserver import MailServer
from orario.store.database import Database
from orario.testing import Harness
from tests.apps.agent.house import Provider, credential, fill, harness, put

GUESTS = [f"{name}@example.org" for name in ("ana", "ștefan", "zoë")]
_MOST = 6  # transactions of one job that are tried


@dataclass
class Faulty:
    """The database as a task sees it; it fails at the transaction numbered `at`."""

    database: Database
    at: int
    is_committed: bool
    seen: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    @contextmanager
    def writing(self, *, lazily: bool = False) -> Iterator[Connection]:
        self.seen += 1
        is_hit = self.seen == self.at
        with self.database.writing(lazily=lazily) as connection:
            yield connection
            if is_hit and not self.is_committed:
                raise RuntimeError("cut off before the commit")
        if is_hit:
            raise RuntimeError("cut off after the commit")

    async def transact(self, function: Callable[..., Any], *args: Any) -> Any:
        with self.writing() as connection:
            return function(connection, *args)


def put_in_place(house: Harness, provider: Provider, post: MailServer) -> None:
    """The same as ever, a few minutes before nothing else is due."""
    if house.now.minute % 30 > 20:
        house.advance("12m")
    post.mails.clear()
    provider.taken.clear()
    database = house.runtime.database
    with database.writing() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    fill(database, house.now, GUESTS)
    good = {"plain": "good", "check_url": provider.url}
    put(database, credentials, credential(house, "good", **good), credential(house, "bad", check_url=provider.url))


def state(house: Harness, provider: Provider, post: MailServer) -> dict[str, Any]:
    """What matters of what is there; mails and messages by who got them, not how often."""
    database = house.runtime.database
    with database.reading() as connection:
        rows = {
            "sessions": connection.execute(select(sessions.c.status, sessions.c.told)).all(),
            "messages": connection.execute(select(messages.c.status)).all(),
            "credentials": connection.execute(select(credentials.c.name, credentials.c.is_valid)).all(),
            "logs": connection.execute(select(logs.c.level)).all(),
            "reservations": connection.execute(select(reservations.c.email)).all(),
            "mails": connection.execute(select(mails.c.kind, mails.c.recipient, mails.c.status)).all(),
        }
    counted: dict[str, Any] = {name: Counter(map(tuple, found)) for name, found in rows.items()}
    return counted | {
        "posted": {one.recipients for one in post.mails},
        "taken": {said["body"] for _, said in provider.taken},
    }


@pytest.mark.one_database
@pytest.mark.parametrize("slug", [one.slug for one in PLANNED])
def test_a_job_that_is_cut_off_is_made_whole_by_the_next_attempt(
    slug: str, post: MailServer, a_provider: Provider, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_provider.good, a_provider.offers = {"good"}, [{"name": "nou", "provider": "p", "secret": "s"}]
    monkeypatch.setenv("ORARIO_AGENT_MESSAGES_URL", f"{a_provider.url}/messages")
    monkeypatch.setenv("ORARIO_AGENT_CREDENTIALS_SOURCE", f"{a_provider.url}/credentials")
    with harness(database_url) as house:
        services = house.services
        put_in_place(house, a_provider, post)
        assert house.trigger(slug).state is State.SUCCESS
        whole = state(house, a_provider, post)
        for cut in range(2 * _MOST):
            put_in_place(house, a_provider, post)
            faulty = Faulty(house.runtime.database, 1 + cut // 2, bool(cut % 2))
            house.executor._means.services = replace(services, database=faulty)  # type: ignore[attr-defined]
            ended = house.trigger(slug)
            house.executor._means.services = services  # type: ignore[attr-defined]
            if faulty.seen < faulty.at:
                assert ended.state is State.SUCCESS and cut >= 2 * faulty.seen
                return
            assert ended.state is State.PENDING, "the next attempt is to come"
            house.advance("2m")
            assert house.services.executions.get(ended.id).state is State.SUCCESS
            assert state(house, a_provider, post) == whole, f"cut off at transaction {1 + cut // 2}"
            assert len(post.mails) <= len(whole["posted"]) + 1
