"""Fails when a setting, a command, an endpoint, a task or a metric has no line of documentation."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings
from typer.main import get_command

from orario import cli
from orario.api.metrics.table import METRICS, Metric
from orario.asgi import create_app
from orario.core.why import Kind, Verdict
from orario.runtime import Runtime, load_apps
from orario.settings import Settings
from tests.house.sources import ROOT

REFERENCE = ROOT / "docs" / "reference"
APPS = load_apps([])
SETTINGS: list[type[BaseSettings]] = [Settings, *(app.settings for app in APPS if app.settings)]


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text()


def test_the_reference_says_what_the_code_says() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "make_reference.py"), "--check"], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.mark.parametrize("kind", SETTINGS, ids=lambda kind: kind.__name__)
def test_every_setting_has_a_sentence_and_a_line(kind: type[BaseSettings]) -> None:
    prefix = kind.model_config.get("env_prefix", "")
    for name, field in kind.model_fields.items():
        variable = f"{prefix}{name}".upper()
        assert (field.description or "").endswith("."), f"{variable} is not described by a sentence"
        assert f"| `{variable}` |" in page("settings"), f"{variable} is not in docs/reference/settings.md"


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        yield from _commands(f"{path} {name}", child)


def test_every_command_has_help_and_a_line() -> None:
    for path, command in _commands("orario", get_command(cli.app)):
        assert command.help, f"`{path}` says nothing about itself"
        assert f"## {path}\n" in page("command-line"), f"`{path}` is not in docs/reference/command-line.md"


def test_every_endpoint_has_words_and_a_line(tmp_path: Path) -> None:
    runtime = Runtime(Settings(database_url=f"sqlite:///{tmp_path}/orario.db"), APPS)
    runtime.prepare()
    paths = create_app(runtime).openapi()["paths"]
    runtime.database.close()
    for path, methods in paths.items():
        shown = path.replace("/api/setting/scheduler", "/api/v1/scheduler")
        for method, one in methods.items():
            assert one.get("summary") or one.get("description"), f"{method} {path} says nothing about itself"
            assert f"## {method.upper()} {shown}\n" in page("api"), f"{method} {path} is not in docs/reference/api.md"


def test_every_task_has_words_and_a_line() -> None:
    for app in APPS:
        for task in app.tasks.values():
            assert task.description, f"{task.name} says nothing about itself"
            assert f"## {task.name}\n" in page("tasks"), f"{task.name} is not in docs/reference/tasks.md"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_has_a_sentence_and_a_line(metric: Metric) -> None:
    assert metric.sentence.endswith("."), f"{metric.name} is not described by a sentence"
    assert f"| `{metric.name}` |" in page("metrics"), f"{metric.name} is not in docs/reference/metrics.md"


def test_every_verdict_and_cause_of_why_has_a_line() -> None:
    lines = (ROOT / "docs" / "how-to" / "find-out-why.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    told = {word.strip("` ") for row in rows for word in row.split("|")[1].split(",")}
    missing = [word.value for word in (*Verdict, *Kind) if word.value not in told]
    assert not missing, f"docs/how-to/find-out-why.md does not tell of {missing}"
