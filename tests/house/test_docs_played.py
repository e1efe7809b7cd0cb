"""Plays the examples of README and docs against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.pages import Block, blocks, differences, served
from tests.house.sources import ROOT, SOURCE

WRITTEN_FOR = "127.0.0.1:8000"
PATIENCE = 60.0
_GREETING = re.compile(r"Orario is at http://(\S+).*?Token: (\S+)", re.S)

PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(SOURCE.rglob("README.md")))
    if any(block.mark.startswith("played") for block in blocks(page))
]


@contextmanager
def server(folder: Path, apps: list[str]) -> Iterator[dict[str, str]]:
    """A server in this directory; what a user's environment is, beside it."""
    log = folder / "server.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORARIO_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    settings = {"ORARIO_PORT": "0", "ORARIO_SHELL_ENABLED": "true", "PYTHONUNBUFFERED": "1"}
    with log.open("w") as output:
        process = subprocess.Popen(
            ["orario", "serve", *apps], cwd=folder, env=environment | settings, stdout=output, stderr=output
        )
    try:
        address, token = _greeting(process, log)
        yield environment | {"ORARIO_URL": f"http://{address}", "ORARIO_TOKEN": token, "ADDRESS": address}
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _greeting(process: "subprocess.Popen[bytes]", log: Path) -> tuple[str, str]:
    end = time.monotonic() + PATIENCE
    while not (found := _GREETING.search(log.read_text())):
        assert process.poll() is None and time.monotonic() < end, f"the server did not start:\n{log.read_text()}"
        time.sleep(0.05)
    return found[1], found[2]


def play(block: Block, folder: Path, environment: Mapping[str, str]) -> str:
    """What a block prints. It must end well."""
    text = block.text.replace(WRITTEN_FOR, environment["ADDRESS"])
    if block.mark == "played: pytest":
        (folder / "test_example.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"]
    elif block.language == "python":
        command = [sys.executable, "-c", text]
    else:
        command = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE)
    assert done.returncode == 0, f"{text}\nended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def played(block: Block, folder: Path, environment: Mapping[str, str]) -> str:
    end = time.monotonic() + PATIENCE
    while block.until and block.until not in (said := play(block, folder, environment)):
        assert time.monotonic() < end, f"{block.text}\nnever said {block.until}:\n{said}"
        time.sleep(0.2)
    return play(block, folder, environment) if block.until is None else said


@pytest.fixture(scope="module")
def common_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """For pages that bring no app of their own."""
    with server(tmp_path_factory.mktemp("common"), []) as environment:
        yield environment


@contextmanager
def server_for(page: Path, folder: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    if not any(block.language == "sh" and block.mark.startswith("played") for block in blocks(page)):
        yield os.environ | {"ADDRESS": WRITTEN_FOR}
    elif apps := served(page):
        with server(folder, apps) as environment:
            yield environment
    else:
        yield request.getfixturevalue("common_server")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_do_what_it_says(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if shutil.which("curl") is None and "CI" not in os.environ:
        pytest.skip("CURL IS MISSING: the examples of the docs were not played")
    found = blocks(page)
    for block in found:
        if block.file:
            (tmp_path / block.file).write_text(block.text)
    with server_for(page, tmp_path, request) as environment:
        said = ""
        for block in found:
            if block.mark.startswith("played"):
                said = played(block, tmp_path, environment)
            elif block.mark == "answered":
                assert not (wrong := differences(json.loads(block.text), json.loads(said))), f"{wrong}\n{said}"


def test_every_link_between_pages_leads_somewhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)} links to {target}, which is not there"
        for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"))
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not dead, "\n".join(dead)
