"""Commands on notices, on the database itself, with a real receiver."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orario.cli.exits import Exit
from tests.apps.notify.servers import SECRET, Receiver, webhook
from tests.cli.terminal import Orario


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook() as receiver:
        yield receiver


@pytest.fixture
def ops(orario: Orario, receiver: Receiver, tmp_path: Path) -> str:
    """A channel of this name."""
    (tmp_path / "key.txt").write_text(SECRET + "\n")
    made = orario(
        *("notify", "channels", "set", "ops", "--url-file", "-", "--secret-file", str(tmp_path / "key.txt")),
        *("--quiet", "22:00-07:00", "--timezone", "Europe/Rome", "--per-hour", "5"),
        stdin=f"{receiver.url}\n",
    )
    assert made.code == 0, made.err
    assert "********" in made.out and "dont-show-this" not in made.out
    return "ops"


def test_a_channel_is_made_tried_and_listed(orario: Orario, ops: str, receiver: Receiver) -> None:
    tried = orario("notify", "test", ops)
    assert tried.code == 0 and tried.out.startswith("ops took it, in ")
    assert receiver.kinds == ["test"]
    listed = orario("notify", "channels", "list", "--json").json["channels"]
    assert [(one["name"], one["perHour"], one["health"]["isHealthy"]) for one in listed] == [("ops", 5, True)]
    assert "well" in orario("notify", "channels", "list").out


def test_a_test_that_fails_says_why_and_fails(orario: Orario, ops: str, receiver: Receiver) -> None:
    receiver.answers = [500]
    tried = orario("notify", "test", ops)
    assert tried.code == Exit.FAILED
    assert "ops did not take it: the receiver answered 500 Internal Server Error" in tried.err
    assert orario("notify", "test", "nobody").code == Exit.NOT_FOUND


def test_what_is_given_of_a_channel_is_changed_and_the_rest_stays(
    orario: Orario, ops: str, receiver: Receiver
) -> None:
    changed = orario("notify", "channels", "set", ops, "--digest", "15m", "--aside", "--json").json
    assert (changed["digestSeconds"], changed["isDefault"], changed["perHour"]) == (900, False, 5)
    assert changed["quiet"] == {"start": "22:00", "end": "07:00", "timezone": "Europe/Rome", "passes": "critical"}
    ended = orario("notify", "channels", "set", ops, "--digest", "0s", "--quiet", "none", "--json").json
    assert (ended["digestSeconds"], ended["quiet"]) == (None, None)
    assert orario("notify", "test", ops).code == 0  # its secrets stayed


def test_a_rule_is_made_changed_and_deleted(orario: Orario, ops: str) -> None:
    made = orario("notify", "rules", "set", "patient", "--on", "failure", "--failures", "3", "--channel", ops)
    assert made.code == 0 and "patient" in made.out
    changed = orario("notify", "rules", "set", "patient", "--among", "5", "--json").json
    assert (changed["failures"], changed["of"], changed["channels"]) == (3, 5, ["ops"])
    assert "built in" not in orario("notify", "rules", "list").out
    assert orario("notify", "channels", "delete", ops).code == Exit.CONFLICT
    assert orario("notify", "rules", "delete", "patient").code == 0
    assert orario("notify", "channels", "delete", ops).code == 0


def test_notices_are_listed_and_shown(orario: Orario, ops: str) -> None:
    orario("notify", "test", ops)
    [one] = orario("notify", "list", "--channel", ops, "--status", "sent", "--json").json["notices"]
    shown = orario("notify", "show", one["id"])
    assert "This is a test of the channel ops." in shown.out
    assert "This is a test" in orario("notify", "list").out
    assert orario("notify", "list", "--status", "perhaps").code == Exit.INVALID
