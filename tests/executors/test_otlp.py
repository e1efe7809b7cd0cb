"""A real server sends its spans to a real collector, and hands its context on to processes and by HTTP."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.cli.serving import serving

APP = """
from orario import App, Context

app = App("shop")


@app.task(process=True)
def apart(context: Context) -> dict[str, str | None]:
    \"\"\"Say under which span a process works.\"\"\"
    import os
    from opentelemetry import trace

    current = trace.get_current_span().get_span_context()
    return {"header": context.traceparent, "env": os.environ["TRACEPARENT"], "current": f"{current.trace_id:032x}"}
"""


@dataclass
class Collector:
    """Takes OTLP over HTTP at /v1/traces, and remembers the headers of calls to /called."""

    address: str = ""
    spans: dict[str, Any] = field(default_factory=dict)  # by name
    resources: list[dict[str, str]] = field(default_factory=list)
    called_with: list[str | None] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        for resource in request.resource_spans:
            self.resources.append({one.key: one.value.string_value for one in resource.resource.attributes})
            for scope in resource.scope_spans:
                self.spans |= {span.name: span for span in scope.spans}


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.answer()

        def do_GET(self) -> None:
            collector.called_with.append(self.headers["traceparent"])
            self.answer()

        def answer(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(client: httpx.Client, task: str, args: dict[str, Any]) -> dict[str, Any]:
    """Run a task once, to its end; the execution."""
    api = "/api/v1/scheduler"
    document = {
        "name": task,
        "taskFunctionId": client.get(f"{api}/task-functions/{task}").json()["id"],
        "jobTypeId": 1,
        "scheduleConfig": {"hours": 1},
        "taskArgs": args,
    }
    job = client.post(f"{api}/jobs", json=document).json()["id"]
    id = client.post(f"{api}/jobs/{job}/trigger").json()["executionId"]
    until = time.monotonic() + 20
    while (found := client.get(f"{api}/executions/{id}").json())["status"] in ("pending", "running"):
        assert time.monotonic() < until, "the execution does not end"
        time.sleep(0.05)
    assert found["status"] == "success", found
    return dict(found)


def test_spans_reach_a_collector_and_contexts_reach_those_who_are_called(tmp_path: Path) -> None:
    (tmp_path / "shop_app.py").write_text(APP)
    with collecting() as collector:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        with serving(tmp_path, "shop_app:app", settings=settings) as server:
            headers = {"Authorization": f"Bearer {server.token}"}
            with httpx.Client(base_url=server.url, headers=headers) as client:
                apart = run(client, "shop.apart", {})
                run(client, "http.request", {"url": f"{collector.address}/called"})
                own = {"url": f"{collector.address}/called", "headers": {"Traceparent": "mine"}}
                run(client, "http.request", own)
            assert server.stop() == 0
    assert collector.resources[0]["service.name"] == "orario"
    assert {"execution shop.apart", "attempt shop.apart", "attempt http.request", "claim"} <= collector.spans.keys()
    attempt, execution = collector.spans["attempt shop.apart"], collector.spans["execution shop.apart"]
    assert attempt.parent_span_id == execution.span_id and attempt.trace_id == execution.trace_id
    told = apart["result"]
    assert told["header"] == told["env"] == f"00-{attempt.trace_id.hex()}-{attempt.span_id.hex()}-01"
    assert told["current"] == attempt.trace_id.hex()
    first, second = collector.called_with
    assert first is not None and first.startswith("00-") and second == "mine"
