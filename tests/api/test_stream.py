"""Logs followed live, over a real socket."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from orario.core.execution import Level, LogLine
from orario.service.people import Role
from orario.store import logs
from orario.store.wake import Topic
from tests.api.serving import serving
from tests.api.site import NATIVE, Site

PATIENCE = httpx.Timeout(15.0)


@pytest.fixture
def server(site: Site) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {site.token(Role.VIEWER)}"}
    with (
        serving(site.app) as address,
        httpx.Client(base_url=address + NATIVE, headers=headers, timeout=PATIENCE) as client,
    ):
        yield client


@pytest.fixture
def execution(client: httpx.Client) -> str:
    opened: str = client.post("/jobs/nightly_cleanup/trigger").json()["executionId"]
    return opened


def write(site: Site, execution: str, *messages: str, level: Level = Level.INFO) -> None:
    now = datetime.now(UTC)
    with site.runtime.database.writing() as connection:
        logs.write(connection, [LogLine(UUID(execution), 1, now, level, message) for message in messages])
    site.runtime.wake.ring(Topic.CHANGED)


Event = dict[str, str]


def events(stream: httpx.Response) -> Iterator[Event]:
    """The events of a stream; comments are left out."""
    found: Event = {}
    for line in stream.iter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value
        elif not line and found:
            yield found
            found = {}


def messages(found: Iterator[Event], count: int) -> list[str]:
    return [json.loads(next(found)["data"])["message"] for _ in range(count)]


def test_lines_come_as_they_are_written_and_the_end_is_told(
    site: Site, server: httpx.Client, client: httpx.Client, execution: str
) -> None:
    write(site, execution, "before")
    with server.stream("GET", f"/executions/{execution}/logs/stream") as stream:
        assert stream.status_code == 200
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        found = events(stream)
        assert next(found) == {"retry": "1000"}
        assert messages(found, 1) == ["before"]
        started = time.monotonic()
        write(site, execution, "one", "two")
        assert messages(found, 2) == ["one", "two"]
        assert time.monotonic() - started < 5
        client.post(f"/executions/{execution}/cancel")
        end = next(found)
        assert (end["event"], json.loads(end["data"])["status"]) == ("end", "cancelled")
        assert list(found) == [], "the stream is closed"


def test_a_stream_goes_on_after_the_last_event_that_was_heard(
    site: Site, server: httpx.Client, client: httpx.Client, execution: str
) -> None:
    write(site, execution, "one", "two", "three")
    listed = client.get(f"/executions/{execution}/logs").json()["logs"]
    client.post(f"/executions/{execution}/cancel")
    heard = {"Last-Event-ID": str(listed[1]["id"])}
    with server.stream("GET", f"/executions/{execution}/logs/stream", headers=heard) as stream:
        first = next(event for event in events(stream) if "event" in event)
        assert first["id"] == str(listed[2]["id"])
        assert json.loads(first["data"]) == listed[2]
    nonsense = {"Last-Event-ID": "x; drop"}
    with server.stream("GET", f"/executions/{execution}/logs/stream", headers=nonsense) as stream:
        assert len([event for event in events(stream) if event.get("event") == "log"]) == 3


def test_lines_are_paged_and_filtered(site: Site, client: httpx.Client, execution: str) -> None:
    write(site, execution, *(f"line {number}" for number in range(5)))
    write(site, execution, "it broke", level=Level.ERROR)
    path = f"/executions/{execution}/logs"
    first = client.get(path, params={"limit": 2}).json()
    assert [line["message"] for line in first["logs"]] == ["line 0", "line 1"]
    rest = client.get(path, params={"after": first["nextAfter"]}).json()["logs"]
    assert [line["message"] for line in rest] == ["line 2", "line 3", "line 4", "it broke"]
    assert list(rest[0]) == ["id", "attempt", "at", "level", "message", "details"]
    grave = client.get(path, params={"level": "WARN"}).json()["logs"]
    assert [line["message"] for line in grave] == ["it broke"]
    assert len(client.get(path, params={"search": "LINE"}).json()["logs"]) == 5
    for wrong in ({"level": "LOUD"}, {"limit": 0}, {"limit": 1001}, {"after": -1}):
        assert client.get(path, params=wrong).status_code == 422


def test_who_may_not_read_and_what_is_not_there_get_no_stream(server: httpx.Client, execution: str) -> None:
    path = f"/executions/{execution}/logs/stream"
    assert server.get(path, headers={"Authorization": ""}).status_code == 401
    assert server.get("/executions/550e8400-e29b-41d4-a716-446655440000/logs/stream").status_code == 404


def test_a_hundred_idle_streams_hold_neither_threads_nor_connections(
    site: Site, server: httpx.Client, execution: str
) -> None:
    path = f"/executions/{execution}/logs/stream"
    limits = httpx.Limits(max_connections=200)
    headers = dict(server.headers)
    with (
        httpx.Client(base_url=server.base_url, headers=headers, timeout=PATIENCE, limits=limits) as many,
        ExitStack() as stack,
    ):
        streams = [stack.enter_context(many.stream("GET", path)) for _ in range(100)]
        assert {stream.status_code for stream in streams} == {200}
        # More than the threads and connections that there are: if each held one, nobody else would be answered.
        assert server.get("/jobs").status_code == 200
        write(site, execution, "news")
        assert [messages(skip_one(events(stream)), 1) for stream in streams] == [["news"]] * 100


def skip_one(found: Iterator[Any]) -> Iterator[Any]:
    next(found)
    return found
