"""The server's own log: one JSON object per line, who spoke and for whom, and no secret of a query."""

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from orario.cli.logs import JsonFormatter, TextFormatter
from orario.web.requestids import REQUEST_ID
from tests.cli.serving import serving

APP = """
import logging
from orario import App, Context

app = App("talk")


@app.task
def speak(context: Context) -> None:
    \"\"\"Say something in each way, and fail.\"\"\"
    context.info("from the context", number=7)
    logging.getLogger("somebody").warning("from a logger")
    raise RuntimeError("the end")


@app.task(process=True)
def mumble(context: Context) -> None:
    \"\"\"Say something in a process.\"\"\"
    context.info("from a process")
"""


def record(message: str, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("orario.test").makeRecord("orario.test", 20, "", 0, message, (), None, extra=extra)


def test_a_line_of_json_has_what_a_collector_asks_for_and_no_nulls() -> None:
    line = json.loads(JsonFormatter().format(record("two\nlines", attempt=1, execution_id="e", job="j")))
    assert line.keys() == {"time", "level", "logger", "message", "execution_id", "attempt", "job"}
    assert line["message"] == "two\nlines"


def test_the_request_is_named_in_the_lines_that_it_causes() -> None:
    before = REQUEST_ID.set("abc")
    try:
        assert json.loads(JsonFormatter().format(record("x")))["request_id"] == "abc"
    finally:
        REQUEST_ID.reset(before)


def test_secrets_of_a_query_are_masked_in_both_shapes() -> None:
    for formatter in (JsonFormatter(), TextFormatter()):
        told = formatter.format(record("GET /api/sync-all?secret=hunter22&page=2"))
        assert "hunter22" not in told and "page=2" in told


def test_an_error_is_told_with_its_stack_in_the_same_line() -> None:
    try:
        raise ValueError("at postgresql://me:hunter22@host/db")
    except ValueError:
        one = record("it failed")
        one.exc_info = sys.exc_info()
    text = JsonFormatter().format(one)
    assert "\n" not in text
    assert "ValueError" in json.loads(text)["stack"] and "hunter22" not in text


def test_a_server_tells_requests_and_task_logs_as_json_if_asked_to(tmp_path: Path) -> None:
    (tmp_path / "talk.py").write_text(APP)
    settings = {"ORARIO_LOG_FORMAT": "json", "ORARIO_LOG_TASKS": "true", "ORARIO_ACCESS_LOG": "true"}
    with serving(tmp_path, "talk:app", settings=settings) as server:
        headers = {"Authorization": f"Bearer {server.token}", "X-Request-ID": "from-the-proxy"}
        with httpx.Client(base_url=server.url, headers=headers) as client:
            answer = client.get("/healthz?token=hunter22")
            assert answer.headers["x-request-id"] == "from-the-proxy"
            ran = [_run(client, name) for name in ("talk.speak", "talk.mumble")]
        assert server.stop() == 0
    text = (tmp_path / "stderr.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    access = next(line for line in lines if line.get("path", "").startswith("/healthz?"))
    assert (access["logger"], access["status"], access["request_id"]) == ("orario.access", 200, "from-the-proxy")
    assert "hunter22" not in text
    by_task = {line["message"]: line for line in lines if line["logger"] == "orario.tasks"}
    assert {"from the context", "from a logger", "from a process"} <= by_task.keys()
    told = by_task["from the context"]
    assert (told["execution_id"], told["attempt"], told["job"]) == (ran[0], 1, "speak")
    assert told["details"] == {"number": 7}
    assert by_task["from a process"]["execution_id"] == ran[1]
    assert len({line["instance"] for line in lines if "instance" in line}) == 1


def _run(client: httpx.Client, task: str) -> str:
    """Run a task once, to its end; the execution."""
    api = "/api/v1/scheduler"
    document = {
        "name": task.partition(".")[2],
        "taskFunctionId": client.get(f"{api}/task-functions/{task}").json()["id"],
        "jobTypeId": 1,
        "scheduleConfig": {"hours": 1},
    }
    job = client.post(f"{api}/jobs", json=document).json()["id"]
    execution: str = client.post(f"{api}/jobs/{job}/trigger").json()["executionId"]
    until = time.monotonic() + 20
    while client.get(f"{api}/executions/{execution}").json()["status"] in ("pending", "running"):
        assert time.monotonic() < until, "the execution does not end"
        time.sleep(0.05)
    return execution
