"""What the dashboard's pages cost, and what it costs that people watch.

`python -m bench.dashboard pages sqlite:////tmp/o.db` asks every page of a filled database (see bench.generate) again
and again; `python -m bench.dashboard watched --jobs 500` compares the lag of jobs with and without fifty open ones.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table

from bench.contenders import GaveUp
from bench.contenders.with_orario import app
from bench.measure import percentile, wait_for
from bench.signing import NATIVE, sign_in
from bench.watching import compare
from orario.runtime import Runtime, load_apps
from orario.service.people import SYSTEM, Role
from orario.settings import Settings

_STARTS_WITHIN = 60.0  # seconds
_LISTS = (
    "/jobs?q=job+0007",
    "/jobs?sort=-next",
    "/executions?state=failed",
    "/executions?q=nobody",
    "/jobs?group=state",
)

cli = typer.Typer(help=__doc__)


@cli.command()
def pages(
    url: Annotated[str, typer.Argument(help="A filled database: sqlite:////file or postgresql://...")],
    rounds: Annotated[int, typer.Option(min=2)] = 20,
) -> None:
    """Ask every page so many times; the first answer is counted by itself."""
    with _running(url) as (client, token):
        table = Table("page", "first ms", "p50 ms", "p95 ms", "bytes")
        for path in _paths(client, token):
            first, *rest = [_ask(client, path) for _ in range(rounds + 1)]
            took = [one[0] for one in rest]
            figures = (first[0], percentile(took, 0.5), percentile(took, 0.95))
            table.add_row(_plain(path), *(f"{one:,.0f}" for one in figures), f"{first[1]:,}")
        Console(width=120).print(table)


@cli.command()
def watched(
    jobs: Annotated[int, typer.Option(help="So many fire every second.")] = 500,
    seconds: Annotated[int, typer.Option(help="Of each turn, with nobody looking and with all.")] = 10,
    rounds: Annotated[int, typer.Option(help="Of two turns each.")] = 4,
    dashboards: Annotated[int, typer.Option(help="So many look at the overview and the list of jobs.")] = 50,
) -> None:
    """Let jobs fire, with nobody looking and with so many, by turns."""
    with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder:
        found = compare(jobs, seconds, rounds, dashboards, Path(folder))
    for readers, figures in zip((0, dashboards), found, strict=True):
        print(
            f"{jobs} jobs a second, {readers} dashboards: {json.dumps({k: round(v, 2) for k, v in figures.items()})}"
        )


@contextmanager
def _running(url: str) -> Iterator[tuple[httpx.Client, str]]:
    """A server of this database: it may have tokens of its own, so this makes one more."""
    runtime = Runtime(Settings(database_url=url), [*load_apps(["retention"]), app])
    runtime.prepare()
    row, token = runtime.services.people.create_token("bench", Role.ADMIN, SYSTEM)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="orario-bench-")))
        address = stack.enter_context(_serving(url, folder))
        client = stack.enter_context(httpx.Client(base_url=address, timeout=120))
        sign_in(client, token)
        yield client, token
    runtime.services.people.revoke(row.id, SYSTEM)
    runtime.executor.stop()
    runtime.database.close()


@contextmanager
def _serving(url: str, folder: Path) -> Iterator[str]:
    port = free_port()
    environment = os.environ | {"ORARIO_DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "orario.cli", "serve", "bench.contenders.with_orario:app", "--port", str(port)]
    with (folder / "server.log").open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        if not wait_for(lambda: _answers(port), _STARTS_WITHIN, every=0.1):
            raise GaveUp(f"the server did not start: {(folder / 'server.log').read_text()[-300:]}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.HTTPError:
        return False


def _paths(client: httpx.Client, token: str) -> Sequence[str]:
    """Whatever the navigation leads to, the page of a job and of an execution, and lists as people filter them."""
    nav = client.get("/").text.partition('<nav aria-label="Pages">')[2].partition("</nav>")[0]
    headers = {"Authorization": f"Bearer {token}"}
    job = client.get(f"{NATIVE}/jobs?per_page=1", headers=headers).json()["jobs"][0]["id"]
    found = client.get(f"{NATIVE}/executions?per_page=1&status=failed", headers=headers).json()["executions"]
    pages = ("", "/edit", "/definition", "/changes", "/backfill", "?why=", "?show=failed")
    ones = [
        *(f"/jobs/{job}{one}" for one in pages),
        f"/executions?job={job}",
        *(f"/executions/{one['id']}" for one in found),
    ]
    return [*re.findall(r'<a href="(/[^"]*)"', nav), *_LISTS, *ones]


def _ask(client: httpx.Client, path: str) -> tuple[float, int]:
    """Milliseconds, and bytes as they travel."""
    since = time.perf_counter()
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        size = sum(len(chunk) for chunk in answer.iter_raw())
    if answer.is_error:
        raise typer.BadParameter(f"{path} answered {answer.status_code}")
    return (time.perf_counter() - since) * 1000, size


def _plain(path: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", path)


if __name__ == "__main__":
    cli()
