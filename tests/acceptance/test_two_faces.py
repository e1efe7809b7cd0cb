"""Two servers on one PostgreSQL: each tells the truth about both, and streams what the other one carries."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.cli.serving import Served, serving

SHOP = """
import asyncio
from orario import App, Context

app = App("shop")


@app.task
async def count(context: Context):
    for number in range(40):
        context.info(f"line {number}")
        await asyncio.sleep(0.05)
"""
SOON = 2.0  # seconds: a server looks every second for what others have written, and the machine may be busy


class Face:
    """One server, as those who call it see it."""

    def __init__(self, stack: ExitStack, served: Served, token: str) -> None:
        self.served = served
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{served.url}/api/v1/scheduler"
        self.client = stack.enter_context(httpx.Client(base_url=address, headers=headers, timeout=20))

    @property
    def pid(self) -> int:
        return self.served.process.pid

    def get(self, path: str) -> Any:
        return self.client.get(path).raise_for_status().json()

    def listen(self, execution: str, heard: "Queue[tuple[str, float, Any]]") -> None:
        """Put every event of an execution's stream with the moment of its coming."""
        with self.client.stream("GET", f"/executions/{execution}/logs/stream") as stream:
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if name == "data":
                    heard.put((str(self.pid), time.time(), json.loads(value)))


@pytest.fixture
def faces(tmp_path: Path, postgresql_url: str) -> Iterator[list[Face]]:
    (tmp_path / "shop.py").write_text(SHOP)
    settings = {"ORARIO_DATABASE_URL": postgresql_url, "ORARIO_KEY": "of the tests"}
    with ExitStack() as stack:
        first = stack.enter_context(serving(tmp_path, "shop:app", settings=settings))
        second = stack.enter_context(serving(tmp_path, "shop:app", settings=settings))
        yield [Face(stack, one, first.token) for one in (first, second)]


def instances(face: Face) -> dict[int, dict[str, Any]]:
    return {one["pid"]: one for one in face.get("/status")["instances"] if one["isAlive"]}


def test_each_server_shows_both_and_streams_what_the_other_carries(faces: list[Face]) -> None:
    first, second = faces
    before = instances(first)
    assert before.keys() == instances(second).keys() == {first.pid, second.pid}
    assert [one.get("/status")["leaderInstance"]["pid"] for one in faces] == [first.pid, first.pid]
    assert [pid for pid, one in before.items() if one["isLeader"]] == [first.pid]
    _stream(first, second)
    after = instances(second)
    for pid in (first.pid, second.pid):
        assert _moment(after[pid]["lastHeartbeat"]) > _moment(before[pid]["lastHeartbeat"]), "its heart beats"
    stopped = time.monotonic()
    first.served.process.send_signal(signal.SIGTERM)
    while _leader(second) != second.pid:
        assert time.monotonic() - stopped < SOON, "nobody leads"
        time.sleep(0.02)
    first.served.process.wait(20)
    assert instances(second).keys() == {second.pid}


def _stream(*faces: Face) -> None:
    """Each line comes to whoever listens, wherever: in order, once, and while the execution runs."""
    opened = faces[0].client.post(f"/jobs/{_job(faces[0])}/trigger").json()["executionId"]
    heard: Queue[tuple[str, float, Any]] = Queue()
    listeners = [Thread(target=one.listen, args=(opened, heard)) for one in faces]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join(20)
    events = list(heard.queue)
    for one in faces:
        mine = [(at, event) for pid, at, event in events if pid == str(one.pid)]
        assert [event["message"] for _, event in mine[:-1]] == [f"line {number}" for number in range(40)]
        assert mine[-1][1]["status"] == "success"
        delays = [at - _moment(event["at"]).timestamp() for at, event in mine[:-1]]
        assert max(delays) < SOON, "they come while it runs"


def _job(face: Face) -> str:
    functions = face.get("/task-functions?per_page=100")["taskFunctions"]
    [task] = [one["id"] for one in functions if one["name"] == "shop.count"]
    rule = {"jobTypeId": 1, "scheduleConfig": {"days": 1}}
    return str(face.client.post("/jobs", json={"name": "Count", "taskFunctionId": task, **rule}).json()["id"])


def _leader(face: Face) -> int | None:
    leader = face.get("/status")["leaderInstance"]
    return None if leader is None else int(leader["pid"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
