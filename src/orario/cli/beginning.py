"""Writes what an app needs to begin with: the secret, the jobs that refer to it, the rules on notices."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
import yaml

from orario.app.starting import Init, Setup
from orario.cli import show
from orario.cli.client import Client, connect, part
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import read_file
from orario.cli.manifests import YAML
from orario.cli.notify import PREFIX
from orario.runtime import load_apps, named_app

_SECRET_BYTES = 32


def carry_out(
    app: str,
    base_url: str,
    wishes: Sequence[str],
    secret_file: str | None,
    *,
    new_secret: bool,
    print_only: bool,
    json: bool,
) -> None:
    """Write it all, or print the jobs only."""
    way = _way(app)
    answers = _answers(way, wishes)
    if print_only:
        print(_manifest(way.plan(base_url, None, answers)), end="")
        return
    value = secrets.token_hex(_SECRET_BYTES) if new_secret else _given(way, secret_file)
    setup = way.plan(base_url, value, answers)
    with connect(create=True) as api:
        if value is None and (value := _missing(api, setup)) is not None:
            way.plan(base_url, value, answers)  # it may not fit
        done = _write(api, setup, value)
    if new_secret:
        done["secretValue"] = value
    show.as_json(done) if json else _tell(setup, done, way)


def _way(name: str) -> Init:
    found = named_app(load_apps([name]), name).init
    if found is None:
        raise Failure(Exit.NOT_FOUND, f"The app {name} has nothing to begin with")
    return found


def _answers(way: Init, wishes: Sequence[str]) -> dict[str, str]:
    answers = dict(way.wishes)
    for wish in wishes:
        key, sign, value = wish.partition("=")
        if not sign or key not in answers:
            raise Failure(Exit.INVALID, f"--set takes one of {', '.join(answers)}, as NAME=VALUE")
        answers[key] = value
    return answers


def _given(way: Init, file: str | None) -> str | None:
    if file is not None:
        found = read_file(file).removesuffix("\n").removesuffix("\r")
        if not found:
            raise Failure(Exit.INVALID, "The secret is empty")
        return found
    return os.environ.get(way.variable or "") or None


def _missing(api: Client, setup: Setup) -> str | None:
    """Ask for a secret that nobody gave, unless it is there from before."""
    if setup.secret is None or any(
        one["name"] == setup.secret for one in api.get("/secrets", per_page=200)["secrets"]
    ):
        return None
    if not sys.stdin.isatty():
        raise Failure(Exit.INVALID, "Give the secret: --secret-file FILE, or --new-secret makes one")
    return str(typer.prompt(setup.secret, hide_input=True, confirmation_prompt="Once more", err=True))


def _write(api: Client, setup: Setup, value: str | None) -> dict[str, Any]:
    if setup.secret is not None and value is not None:
        api.put(f"/secrets/{part(setup.secret)}", {"value": value, "description": "Written by orario init."})
    jobs = api.post("/jobs/apply", _manifest(setup), Content_Type=YAML)
    return {"secret": setup.secret, "jobs": jobs["changes"], "rules": _rules(api.at(PREFIX), setup.rules)}


def _rules(api: Client, rules: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The rules that were written; none where nobody is told anything, because the app notify is not there."""
    written = []
    for name, rule in rules.items():
        try:
            api.put(f"/rules/{part(name)}", dict(rule))
        except Failure as failure:
            if failure.code is Exit.NOT_FOUND:
                return []
            raise
        written.append(name)
    return written


def _manifest(setup: Setup) -> str:
    jobs = [dict(job) for job in setup.jobs]
    return yaml.safe_dump({"jobs": jobs}, sort_keys=False, allow_unicode=True, width=1000)


def _tell(setup: Setup, done: Mapping[str, Any], way: Init) -> None:
    for job in setup.jobs:
        show.line(f"{job['slug']}: {job['name']}, {job['scheduleConfig'].get('expression', '')}")
    if setup.secret is not None:
        show.line(f"They know the secret as {setup.secret}; it is shown nowhere.")
    rules = ", ".join(done["rules"])
    show.line(f"Notices by the rules {rules}." if rules else "No notices: the app notify is not loaded.")
    if value := done.get("secretValue"):
        show.line(f"Set it where the app runs; it is shown this once:\n  {way.variable}={value}")
