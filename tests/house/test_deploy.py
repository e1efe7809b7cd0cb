"""Reads the files of deploy/ as systemd, Compose, an image's builder and Prometheus would, and asks the code."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from orario import cli
from orario.settings import Settings
from tests.house.sources import ROOT
from tests.house.test_docs_commands import understand
from tests.house.test_told import SETTINGS
from tests.servers.private import needed

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
PAGES = [*(one for one in DEPLOY.rglob("*") if one.is_file()), ROOT / "docs" / "how-to" / "production.md"]
_STOP = Settings().drain_seconds + Settings().kill_grace_seconds


def variables() -> set[str]:
    names = {
        f"{kind.model_config.get('env_prefix', '')}{name}".upper() for kind in SETTINGS for name in kind.model_fields
    }
    return names | {"ORARIO_URL", "ORARIO_TOKEN"}  # the command line's own


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_variable_is_a_setting(file: Path) -> None:
    named = set(re.findall(r"\bORARIO_[A-Z_]+[A-Z]\b", file.read_text()))
    assert named <= variables(), f"nothing reads {named - variables()}"


def commands() -> Iterator[list[str]]:
    """What is run, as words after `orario`."""
    for unit in UNITS:
        for line in re.findall(r"^ExecStart=\S*/orario (.*)$", unit.read_text(), re.M):
            yield shlex.split(line.replace("%i", "default"))
    for service in COMPOSE["services"].values():
        if service.get("image") == "orario" and "entrypoint" not in service:
            yield service["command"]
    script = str(COMPOSE["services"]["prometheus-token"]["command"][0])
    yield from (shlex.split(words) for words in re.findall(r"(?<!/)\borario (\w[^|]*)\|", script))


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_that_is_run_is_one(words: list[str]) -> None:
    understand(get_command(cli.app), words)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_what_systemd_understands(unit: Path, tmp_path: Path) -> None:
    parsed = configparser.RawConfigParser(strict=False, delimiters="=", comment_prefixes="#")
    parsed.optionxform = str  # type: ignore[assignment]
    parsed.read(unit)
    service = parsed["Service"]
    assert service["EnvironmentFile"].endswith("/orario.env") and (DEPLOY / "systemd" / "orario.env").exists()
    if service["Type"] != "oneshot":
        assert float(service["TimeoutStopSec"]) > _STOP, "it would be killed while its work ends"
        assert service["KillMode"] == "mixed", "work is stopped by its server, not behind its back"
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed")
    for one in [*UNITS, *(DEPLOY / "systemd").glob("*.timer")]:
        text = one.read_text().replace("/opt/orario/bin/orario", sys.executable)
        (tmp_path / one.name).write_text(text.replace("EnvironmentFile=", "EnvironmentFile=-"))
    name = str(tmp_path / unit.name.replace("@", "@default"))
    done = subprocess.run([analyze, "verify", "--man=no", name], capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_what_compose_starts_fits_together() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= services.keys(), f"{name} waits for what is not there"
        for place, volume in (one.split(":", 1) for one in service.get("volumes", [])):
            there = (DEPLOY / place).exists() if place.startswith(".") else place in COMPOSE["volumes"]
            assert there, f"{name} mounts {place} at {volume}, and it is not there"
        if service.get("image") == "orario":
            assert service["build"] == {"context": "..", "dockerfile": "deploy/Containerfile"}
            assert float(service["stop_grace_period"].removesuffix("s")) > _STOP
            database = service["environment"]["ORARIO_DATABASE_URL"]
            assert re.search(r"@(\w+)/", database)[1] in services  # type: ignore[index]
    assert len([name for name, one in services.items() if one.get("command") == ["serve"]]) == 2
    assert len([name for name, one in services.items() if one.get("command", [""])[0] == "worker"]) == 2


def test_the_image_is_made_of_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    [named] = re.findall(r"'\.\[([\w,]+)\]'", text)
    assert set(named.split(",")) == extras.keys() - {"all"}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M) for word in line.split()}
    assert copied == kept and all((ROOT / one).exists() for one in copied)


def test_prometheus_scrapes_the_servers_and_knows_the_alerts(tmp_path: Path) -> None:
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    [job] = yaml.safe_load(text)["scrape_configs"]
    servers = {target.partition(":")[0] for one in job["static_configs"] for target in one["targets"]}
    assert servers == {name for name, one in COMPOSE["services"].items() if one.get("command") == ["serve"]}
    promtool = needed("prometheus", "promtool")
    (tmp_path / "token").write_text("orario_x")
    (tmp_path / "prometheus.yml").write_text(text.replace("/tokens/orario", str(tmp_path / "token")))
    shutil.copy(ROOT / "docs" / "monitoring" / "alerts.yml", tmp_path)
    done = subprocess.run([promtool, "check", "config", tmp_path / "prometheus.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
