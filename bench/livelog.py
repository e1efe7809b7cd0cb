"""How smooth a log of 1,000 lines a second is to watch: `python -m bench.livelog`.

One server carries the task that logs; another, of the same database, shows it to a real Chromium. On the way the
browser is cut off once and the server that shows is killed once. Every line must have come, in order, once.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from playwright.sync_api import Page, expect, sync_playwright

from bench.dashboard import free_port
from bench.measure import percentile, wait_for
from bench.signing import NATIVE, sign_in
from orario.runtime import Runtime, load_apps
from orario.service.people import SYSTEM, Role
from orario.settings import Settings

_STARTS_WITHIN = 60.0  # seconds
_CATCHES_UP_WITHIN = 30.0
# Counts each line that is added by its number, and notes how long every frame took.
_WATCH = """() => {
    window.seen = [];
    window.frames = [];
    const note = (item) => window.seen.push(Number(item.querySelector(".said").textContent.split(" ")[1]));
    const list = document.querySelector(".log ol");
    list.querySelectorAll("li").forEach(note);
    const look = (node) => node.tagName === "LI" && note(node);
    const added = (all) => all.forEach((one) => one.addedNodes.forEach(look));
    new MutationObserver(added).observe(list, { childList: true });
    let last = performance.now();
    const frame = (now) => { window.frames.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""


def main(
    rate: Annotated[int, typer.Option(help="Lines a second.")] = 1000,
    seconds: Annotated[int, typer.Option(min=8)] = 24,
    cut: Annotated[bool, typer.Option(help="Cut the browser off after a third of the time.")] = True,
    restart: Annotated[bool, typer.Option(help="Kill the server that shows after two thirds.")] = True,
) -> None:
    """Watch, and say what was seen."""
    with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder, ExitStack() as stack:
        url = f"sqlite:///{folder}/o.db"
        token = _prepared(url)
        carries, shows = free_port(), free_port()
        stack.enter_context(_serving(url, carries, Path(folder)))
        with _api(carries, token) as api:
            job = api.post(f"{NATIVE}/jobs/talk/trigger", json={"taskArgs": {"rate": rate, "seconds": seconds}})
            execution = _running(api, job.json())
        showing = stack.enter_context(_Showing(url, shows, Path(folder)))
        found = _watched(f"http://127.0.0.1:{shows}", token, execution, showing, seconds, cut=cut, restart=restart)
    print(json.dumps(found))


def _prepared(url: str) -> str:
    runtime = Runtime(Settings(database_url=url), load_apps(["bench.talking:app"]))
    runtime.prepare()
    _, token = runtime.services.people.create_token("bench", Role.ADMIN, SYSTEM)
    runtime.executor.stop()
    runtime.database.close()
    return token


@contextmanager
def _serving(url: str, port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"ORARIO_DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "orario.cli", "serve", "bench.talking:app", "--port", str(port)]
    with (folder / f"server-{port}.log").open("ab") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        if not wait_for(lambda: _answers(port), _STARTS_WITHIN, every=0.1):
            raise typer.BadParameter((folder / f"server-{port}.log").read_text()[-500:])
        yield process
    finally:
        process.kill()
        process.wait(30)


class _Showing(ExitStack):
    """A server that can be killed and started again at the same address."""

    def __init__(self, url: str, port: int, folder: Path) -> None:
        super().__init__()
        self._of = (url, port, folder)
        self._process = self.enter_context(_serving(*self._of))

    def restart(self) -> None:
        self._process.kill()
        self._process.wait(30)
        time.sleep(1)
        self._process = self.enter_context(_serving(*self._of))


def _watched(
    address: str, token: str, execution: str, showing: _Showing, seconds: int, *, cut: bool, restart: bool
) -> Mapping[str, Any]:
    with sync_playwright() as started, httpx.Client(base_url=address, timeout=30) as client:
        sign_in(client, token)
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1360, "height": 900})
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in client.cookies.items()]
        )
        page = context.new_page()
        page.goto(f"{address}/executions/{execution}")
        page.evaluate(_WATCH)
        began = time.monotonic()
        page.wait_for_timeout(seconds * 1000 / 3)
        calm = _frames(page)
        if cut:
            context.set_offline(True)
            page.wait_for_timeout(1500)
            context.set_offline(False)
        page.wait_for_timeout(max(seconds * 2 / 3 - (time.monotonic() - began), 0) * 1000)
        if restart:
            showing.restart()
        badge = page.locator(".badge").first  # the policy of the page lets no script wait inside it
        expect(badge).to_have_text("success", timeout=(seconds + _CATCHES_UP_WITHIN) * 1000)
        page.wait_for_timeout(2000)
        numbers, after = page.evaluate("window.seen"), _frames(page)
        browser.close()
        said = client.get(f"{NATIVE}/executions/{execution}", headers={"Authorization": f"Bearer {token}"}).json()
    return {
        "lines": said["result"],
        "first_seen": numbers[0],
        "seen": len(numbers),
        "lost": said["result"] - numbers[0] - len(set(numbers)),
        "twice": len(numbers) - len(set(numbers)),
        "in_order": numbers == sorted(numbers),
        "calm": calm,
        "with_cuts": after,
    }


def _frames(page: Page) -> Mapping[str, float]:
    """How long frames took, in milliseconds, since this was asked last."""
    took = page.evaluate("window.frames.splice(0)")
    found = {"p50": percentile(took, 0.5), "p95": percentile(took, 0.95), "p99": percentile(took, 0.99)}
    return {**{name: round(value, 1) for name, value in found.items()}, "longest": round(max(took), 1)}


def _running(api: httpx.Client, told: Mapping[str, Any]) -> str:
    id = str(told["executionId"])
    if not wait_for(lambda: api.get(f"{NATIVE}/executions/{id}").json()["status"] == "running", _STARTS_WITHIN, 0.1):
        raise typer.BadParameter(f"{id} does not run")
    return id


def _api(port: int, token: str) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    typer.run(main)
