"""The live feed: one look for all who watch, news for each that has something else, and an end when it is over."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
import pytest

from orario.dashboard.live import Feed
from orario.dashboard.regions import Region, Regions, Scene
from orario.dashboard.site import make_desk
from orario.service.people import Role
from orario.service.sessions import SignedIn
from tests.dashboard.visiting import Site

Answer = TypeVar("Answer")


class Watched:
    """A region that counts how often it is looked at, and fails the first times."""

    def __init__(self, site: Site, reader: SignedIn, fails: int = 0) -> None:
        self.looks, self.fails = 0, fails
        runtime = site.runtime
        desk = make_desk(runtime.services, runtime.settings, runtime.clock, [], "1")
        self.regions = Regions(desk)
        desk.put_region = self.regions.put
        self.regions.add([Region("counted", "panel.html", self.fill, 0.0, Role.VIEWER, False)])
        self.feed = Feed(self.regions, runtime.wake)
        self.variant = self.regions.variant("counted", "", reader, "UTC", "")

    def fill(self, scene: Scene) -> Mapping[str, Any]:
        self.looks += 1
        if self.looks <= self.fails:
            raise RuntimeError("the panel of an app failed")
        return {"is_shown": False}


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """On a loop of its own: the browser's has this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def read(line: str) -> Any:
    return json.loads(line.removeprefix("data: "))


@pytest.fixture
def reader(site: Site, keys: dict[str, str]) -> SignedIn:
    found = site.runtime.services.sessions.of(keys["vera"])
    assert found is not None
    return found


def test_fifty_readers_cost_one_look(site: Site, reader: SignedIn, keys: dict[str, str]) -> None:
    async def watch() -> int:
        watched = Watched(site, reader)
        streams = [watched.feed.stream([(watched.variant, "")], reader, keys["vera"]) for _ in range(50)]
        told = await asyncio.gather(*(_second(stream) for stream in streams))
        assert all(b"event: region" in one for one in told)
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]
        return watched.looks

    assert run(watch()) <= 2


def test_a_region_that_fails_is_drawn_again(site: Site, reader: SignedIn, keys: dict[str, str]) -> None:
    async def watch() -> bytes:
        watched = Watched(site, reader, fails=1)
        stream = watched.feed.stream([(watched.variant, "")], reader, keys["vera"])
        async with asyncio.timeout(20):
            told = await _second(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        return told

    assert b"event: region" in run(watch())


async def _second(stream: AsyncIterator[bytes]) -> bytes:
    assert (await anext(stream)).startswith(b"retry:")
    return await anext(stream)


def test_only_who_lacks_it_hears_it(site: Site, reader: SignedIn, keys: dict[str, str]) -> None:
    async def watch() -> None:
        watched = Watched(site, reader)
        version = watched.regions.look(watched.variant, reader).version
        stream = watched.feed.stream([(watched.variant, version)], reader, keys["vera"])
        await anext(stream)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await anext(stream)

    run(watch())


def test_a_reader_of_another_zone_or_role_sees_their_own(site: Site, ada: httpx.Client, vera: httpx.Client) -> None:
    for client, may in ((ada, True), (vera, False)):
        found = client.get("/live/once?r=jobs.list:q=expire:").json()
        assert ("Run now" in found[0]["html"]) is may
        assert client.get(f"/live/once?r=jobs.list:q=expire:{found[0]['version']}").json() == []


def test_a_stream_ends_with_its_session(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orario.dashboard.live.SESSION_SECONDS", 0.2)
    key = site.sign_in("vera")
    with (
        site.client(key) as client,
        client.stream("GET", "/live?r=overview.instances::") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        site.runtime.services.sessions.sign_out(key)
        assert "event: signed-out" in list(lines)


def test_whoever_waits_is_let_go_when_the_server_stops(
    site: Site, ada: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orario.web.live.LAST_SECONDS", 0.1)
    wake, jobs = site.runtime.wake, site.runtime.services.jobs
    one = jobs.trigger("read_the_journal", site.ada, {"lines": 20, "seconds": 60})
    try:
        with ThreadPoolExecutor(1) as pool, ada.stream("GET", "/live?r=overview.coming::") as answer:
            waiting = pool.submit(ada.get, f"/executions/{one.id}/outcome")
            log = pool.submit(ada.get, f"/executions/{one.id}/log/live")
            lines = answer.iter_lines()
            assert next(lines) == "retry: 2000"
            wake.end()
            assert all(not line.startswith("event: signed-out") for line in lines), (
                "it ends, and nobody is signed out"
            )
            assert waiting.result(5).json()["tone"] == "plain"
            assert "event: end" not in log.result(5).text, "the log goes on elsewhere"
    finally:
        wake.is_over = False
        site.runtime.services.executions.cancel(str(one.id), site.ada)


def test_what_is_sent_is_one_event_of_json(site: Site, ada: httpx.Client) -> None:
    with ada.stream("GET", "/live?r=overview.coming::") as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                told = read(line)
                break
    assert told["region"] == "overview.coming" and "Next fires" in told["html"]
