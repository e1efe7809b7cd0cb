"""What apps bring to be tried with: rows that come and go, servers that stand in."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orario.cli.exits import Exit
from tests.cli.serving import SOURCES
from tests.cli.terminal import Orario

APP = "tests.cli.display:app"


@pytest.fixture
def display(orario: Orario, monkeypatch: pytest.MonkeyPatch) -> Orario:
    monkeypatch.setenv("ORARIO_APPS", APP)
    return orario


def test_what_is_loaded_once_is_not_loaded_twice_and_is_removed_whole(display: Orario) -> None:
    assert display("demo", "load", APP, "--json").json == {"dishes": 3}
    assert display("demo", "load", APP).out == "It is all there already.\n"
    assert "dishes removed" in display("demo", "remove", APP).out
    assert display("demo", "remove", APP).out == "Nothing of it was there.\n"


def test_an_app_without_a_demonstration_says_so(display: Orario) -> None:
    said = display("demo", "load", "tests.cli.shop:app")
    assert said.code == Exit.NOT_FOUND and "brings no demonstration" in said.err


def test_a_command_runs_beside_the_servers_and_its_end_is_theirs(display: Orario, tmp_path: Path) -> None:
    send = (
        "import os, smtplib; from urllib.parse import urlsplit; url = urlsplit(os.environ['DISPLAY_MAIL_URL']);"
        " smtplib.SMTP(url.hostname, url.port).sendmail('a@x.org', 'b@x.org', 'Subject: hi\\r\\n\\r\\nyou');"
        " raise SystemExit(7)"
    )
    said = display("demo", "servers", APP, "--env-file", "demo.env", "--run", f'{sys.executable} -c "{send}"')
    assert said.code == 7, said.err
    assert [*tmp_path.glob("orario-demo/mail/*.eml")]
    assert (tmp_path / "demo.env").read_text().startswith("export DISPLAY_MAIL_URL='smtp://127.0.0.1:")
    assert "Standing in: mail, kept in orario-demo/mail" in said.err


def test_the_servers_stand_until_they_are_told_to_end(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "orario.cli", "demo", "servers", APP],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": SOURCES}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("export DISPLAY_MAIL_URL='smtp://")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0 and time.monotonic() - began < 10
    finally:
        process.kill()
        process.communicate()
