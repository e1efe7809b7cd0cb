"""Secrets that were handed to a real server are nowhere afterwards: database, answers, log, command lines."""

import secrets
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from orario.core.secrecy import MASK
from tests.acceptance.traps import HEARD, Aviary, Lookout, found_in, found_in_folder
from tests.cli.serving import Served, serving

NAMED = "Nam3d/&\"'+ %" + secrets.token_urlsafe(48)
SEALED = 'S3aled/&"+ %' + secrets.token_urlsafe(48)
CHANGED = 'Chang3d/&"+ ' + secrets.token_urlsafe(48)
IN_ADDRESS = "Address3d_" + secrets.token_urlsafe(48)
SIGNING = "Signing3-" + secrets.token_urlsafe(48)
CANARIES = {"named": NAMED, "sealed": SEALED, "changed": CHANGED, "in address": IN_ADDRESS, "signing": SIGNING}
LIMIT = 60.0
NOTICES = 5  # of the failing jobs, at least
KEY = {"$secret": "canary"}

_SHELL = r"""
printf '%s\n' "$TOKEN"
printf '%s' "$TOKEN" | base64
printf 'ann:%s' "$TOKEN" | base64 -w0; echo
printf '%s' "$TOKEN" | cut -c1-20 | tr -d '\n'; sleep 0.3; printf '%s\n' "$TOKEN" | cut -c21-
printf '%s\n' "$TOKEN" | cut -c1-20; sleep 0.3; printf '%s\n' "$TOKEN" | cut -c21-
printf '%s\n' "$TOKEN" | fold -w 9 >&2
printf '%s' "$API_TOKEN" | base64 -w 20 >&2
printf '%s\n' "$TOKEN" | cut -c1-40
exit 3
"""


def wait_until(condition: Callable[[], bool], complaint: str) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, complaint
        time.sleep(0.1)


class Site:
    """The server as its administrator uses it; all that it ever answered is kept."""

    def __init__(self, served: Served) -> None:
        headers = {"Authorization": f"Bearer {served.token}"}
        self.api = httpx.Client(base_url=f"{served.url}/api/v1/scheduler", headers=headers, timeout=30)
        self.api.event_hooks["response"] = [self._keep]
        self.heard: list[bytes] = []
        self.close = self.api.close

    def _keep(self, response: httpx.Response) -> None:
        head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        self.heard.append(f"{response.request.url.path}\n{head}\n".encode() + response.read())

    def create(self, name: str, task: str, args: dict[str, Any], **fields: Any) -> str:
        functions = self.api.get("/task-functions?per_page=100").json()["taskFunctions"]
        [id] = [one["id"] for one in functions if one["name"] == task]
        rule = {"jobTypeId": 2, "scheduleConfig": {"hour": "3", "minute": "0"}}
        body = {"name": name, "slug": name, "taskFunctionId": id, **rule, "taskArgs": args, **fields}
        answer = self.api.post("/jobs", json=body)
        assert answer.status_code == 201, answer.text
        return name

    def run(self, *slugs: str) -> list[Any]:
        """Trigger these jobs and wait for the end of all."""
        ids = [self.api.post(f"/jobs/{slug}/trigger").json()["executionId"] for slug in slugs]
        wait_until(lambda: all(self._is_over(id) for id in ids), "some runs never ended")
        return [self.api.get(f"/executions/{id}").json() for id in ids]

    def _is_over(self, id: str) -> bool:
        return self.api.get(f"/executions/{id}").json()["status"] not in ("pending", "running")

    def read_everything(self, slugs: list[str], executions: list[str]) -> None:
        """Ask for all that can be asked for without changing anything."""
        root = str(self.api.base_url).partition("/api/")[0]
        paths = self.api.get(f"{root}/openapi.json").json()["paths"]
        for path, methods in paths.items():
            if "get" not in methods or "stream" in path:
                continue
            for slug in slugs if "{job_id}" in path else [""]:
                for id in executions if "{execution_id}" in path else [""]:
                    address = path.replace("{job_id}", slug).replace("{execution_id}", id).replace("{name}", "canary")
                    self.api.get(f"{root}{address}")


def _http_jobs(site: Site, parrot: str) -> list[str]:
    headers = {"Authorization": "Bearer ${secret:canary}", "X-Key": KEY, "Cookie": f"session={SEALED}"}
    query = "k=${secret:in_url}"
    failing = {"url": f"{parrot}/?status=500&{query}", "headers": headers}
    cut = {"url": f"{parrot}/?before=4070", "headers": headers}
    missed = {"url": f"{parrot}/?{query}", "headers": headers, "expectText": "not there ${secret:canary}"}
    return [
        site.create("http-well", "http.request", {"url": f"{parrot}/?{query}", "headers": headers}),
        site.create("http-failing", "http.request", failing),
        site.create("http-cut", "http.request", cut),
        site.create("http-missed", "http.request", missed),
        site.create("http-gone", "http.request", {"url": "http://u:${secret:in_url}@127.0.0.1:9/${secret:in_url}"}),
    ]


def _other_jobs(site: Site) -> list[str]:
    told = ["tell", "fail", "fail_softly", "tell_outside", "fail_outside"]
    shell = {"command": _SHELL, "env": {"TOKEN": KEY, "API_TOKEN": SEALED}}
    return [
        *(site.create(f"canary-{one}", f"canary.{one}", {"key": KEY}) for one in told),
        site.create("shell", "shell.command", shell),
    ]


def _provoke(site: Site) -> None:
    """Requests that are refused, each with a canary in it."""
    api = site.api
    assert api.put("/secrets/canary", json={"value": NAMED + "\0"}).status_code == 422
    assert api.put("/secrets/canary", json={"value": [NAMED]}).status_code == 422
    assert api.put("/secrets/0", json={"value": NAMED}).status_code == 422
    assert api.put("/secrets/canary", content=f'{{"value": "{SEALED}').status_code in (400, 415, 422)
    counting = {"name": "n", "jobTypeId": 1, "scheduleConfig": {"hours": 1}}
    functions = api.get("/task-functions?per_page=100").json()["taskFunctions"]
    [id] = [one["id"] for one in functions if one["name"] == "canary.count"]
    for number in (KEY, "${secret:canary}", {"password": SEALED}):
        body = {**counting, "taskFunctionId": id, "taskArgs": {"number": number}}
        assert api.post("/jobs", json=body).status_code == 422
    [id] = [one["id"] for one in functions if one["name"] == "shell.command"]
    refused = api.post(
        "/jobs", json={**counting, "taskFunctionId": id, "taskArgs": {"command": "echo ${secret:canary}"}}
    )
    assert refused.json()["detail"][0]["loc"] == ["body", "taskArgs", "command"]
    yaml = "jobs:\n- {slug: n, name: n, task: canary.count, jobType: interval, scheduleConfig: {hours: 1}, taskArgs: "
    text = {"yaml": yaml + "{number: {$secret: canary}}}"}
    assert api.post("/jobs/apply", json=text).status_code == 422
    assert api.delete("/secrets/canary").status_code == 409


def _notices_to(parrot: str) -> dict[str, str]:
    address = f"{parrot}/hook/{IN_ADDRESS}"
    return {"ORARIO_NOTIFY_WEBHOOK_URL": address, "ORARIO_NOTIFY_WEBHOOK_SECRET": SIGNING}


def _check(ended: dict[str, Any]) -> None:
    """What was to happen has happened: where a mask stands, there was a secret."""
    states = {slug: one["status"] for slug, one in ended.items()}
    well = {"http-well", "http-cut", "canary-tell", "canary-tell_outside"}
    assert states == {slug: "success" if slug in well else "failed" for slug in ended}
    assert MASK in ended["http-well"]["result"]["body"]
    assert MASK in ended["http-well"]["result"]["url"]
    assert ended["canary-tell"]["result"]["echo"] == MASK
    assert ended["canary-tell_outside"]["result"] == MASK
    for slug in ("http-failing", "http-missed", "http-gone", "canary-fail", "canary-fail_softly", "shell"):
        assert MASK in ended[slug]["errorMessage"], slug


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_canaries_are_nowhere(tmp_path: Path, log_format: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    HEARD.clear()
    settings = {"ORARIO_SHELL_ENABLED": "true", "ORARIO_LOG_LEVEL": "DEBUG", "ORARIO_LOG_FORMAT": log_format}
    apps = ("--apps", "http,shell,tests.acceptance.canary:app")
    with (
        Aviary() as parrot,
        serving(folder, *apps, settings=settings | _notices_to(parrot)) as served,
        Lookout(CANARIES) as lookout,
        closing(Site(served)) as site,
    ):
        assert site.api.put("/secrets/canary", json={"value": NAMED, "description": "bird"}).status_code == 200
        assert site.api.put("/secrets/in_url", json={"value": NAMED.replace("/", "").replace(" %", "")}).is_success
        slugs = [*_http_jobs(site, parrot), *_other_jobs(site)]
        ended = site.run(*slugs)
        _check(dict(zip(slugs, ended, strict=True)))
        assert site.api.put("/secrets/canary", json={"value": CHANGED}).status_code == 200
        ended += site.run("http-well", "shell", "canary-tell", "canary-tell_outside")
        _provoke(site)
        wait_until(lambda: len(HEARD) >= NOTICES, "not everybody was told of the failures")
        if log_format == "json":  # the answers are the same in both
            site.read_everything(slugs, [one["id"] for one in ended])
        while_running = found_in_folder(folder, CANARIES)
        assert served.stop() == 0
        said = served.said
    assert not [one for answer in site.heard for one in found_in(answer, CANARIES)]
    assert not [one for told in HEARD for one in found_in(told, CANARIES)]
    assert not while_running
    assert not found_in_folder(folder, CANARIES)
    assert not found_in(said.encode(), CANARIES)
    assert len(lookout.seen) > 5
    assert not lookout.found()
