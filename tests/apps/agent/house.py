"""A harness with the agent in it, its tables in few words, and a provider on loopback."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from sqlalchemy import Table, func, insert, select

from orario.apps.agent import app
from orario.apps.agent.tables import credentials, logs, messages, reservations, sessions
from orario.apps.notify import app as notify
from orario.core.execution import Execution, State
from orario.store.database import Database
from orario.testing import Harness

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def harness(database_url: str, start: datetime = NOW, **settings: Any) -> Harness:
    return Harness(app, notify, database_url=database_url, start=start, **settings)


def run(house: Harness, slug: str) -> Execution:
    """The job's run by hand; it must end well."""
    ended = house.trigger(slug)
    assert ended.state is State.SUCCESS, f"{ended.error_message}\n{ended.error_stack}"
    return ended


def lines(house: Harness, ended: Execution, level: str) -> list[str]:
    """What the run said on this level."""
    return [line.message for line in house.services.executions.logs(ended.id) if line.level == level]


def put(database: Database, table: Table, *rows: Mapping[str, Any]) -> list[int]:
    """New rows; their ids."""
    with database.writing() as connection:
        return [connection.execute(insert(table).returning(table.c.id), [row]).scalar_one() for row in rows]


def session(status: str, quiet: timedelta, now: datetime = NOW, **more: Any) -> dict[str, Any]:
    """A conversation that has been quiet for so long."""
    at = now - quiet
    return {"customer": "Ștefan 🙂", "status": status, "started_at": at, "last_activity_at": at, **more}


def message(age: timedelta, now: datetime = NOW, **more: Any) -> dict[str, Any]:
    return {
        "session_id": 999_999,
        "body": "Grüße, și mulțumesc! 🥨",
        "status": "processed",
        "created_at": now - age,
        **more,
    }


def reservation(ahead: timedelta, now: datetime = NOW, **more: Any) -> dict[str, Any]:
    return {
        "customer": "Jürgen Müßig",
        "email": "juergen@example.org",
        "place": "La Țară 🌿",
        "starts_at": now + ahead,
        "created_at": now,
        **more,
    }


def credential(house: Harness, name: str, **more: Any) -> dict[str, Any]:
    secret = house.services.sealing.seal(more.pop("plain", "a-secret-of-ours"))
    common = {"provider": "example", "secret": secret, "created_at": NOW, "updated_at": NOW}
    return {"name": name, **common, **more}


def log(age: timedelta) -> dict[str, Any]:
    return {"at": NOW - age, "level": "ERROR", "source": "agent", "message": "ceva s-a stricat 💥"}


def column(database: Database, table: Table, name: str, *conditions: Any) -> list[Any]:
    """One column, in the order of the rows' ids."""
    with database.reading() as connection:
        return list(connection.scalars(select(table.c[name]).where(*conditions).order_by(table.c.id)))


def count(database: Database, table: Table, *conditions: Any) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def fill(database: Database, now: datetime, guests: Sequence[str], old: int = 3) -> None:
    """A little of everything that the jobs look for."""
    put(database, sessions, *(session("resolved", 40 * DAY, now, resolved_at=now - 40 * DAY) for _ in range(old)))
    put(database, sessions, session("open", 30 * HOUR, now), session("open", 60 * HOUR, now))
    put(database, sessions, session("error", HOUR, now, error="modelul nu răspunde"), session("open", HOUR, now))
    put(database, sessions, session("open", 300 * DAY, now))
    with database.writing() as connection:
        connection.execute(insert(messages), [message(100 * DAY, now) for _ in range(old * 100)])
    put(database, messages, *(message(HOUR, now, status="queued") for _ in range(3)))
    put(database, messages, message(HOUR, now, status="processing", taken_at=now - HOUR))
    put(database, reservations, *(reservation(HOUR, now, email=guest) for guest in guests))
    put(database, logs, *({**log(timedelta(0)), "at": now - 50 * DAY} for _ in range(old)))
    expired = {"provider": "x", "secret": "x", "expires_at": now - DAY, "created_at": now, "updated_at": now}
    put(database, credentials, {"name": "expired", **expired})


@dataclass
class Provider:
    """What it was asked and sent; `offers` is its list of credentials, `good` the secrets that it knows."""

    url: str = ""
    offers: Any = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    status: int | None = None  # answered to everything
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # messages with their keys


@contextmanager
def provider() -> Iterator[Provider]:
    state = Provider()

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/credentials":
                self._answer(200, state.offers)
            else:
                shown = self.headers.get("Authorization", "").removeprefix("Bearer ")
                self._answer(state.status or (200 if shown in state.good else 401), {})

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if state.status is None:
                state.taken.append((self.headers["Idempotency-Key"], said))
            self._answer(state.status or 200, {})

        def _answer(self, status: int, said: Any) -> None:
            body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    with Server(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
