"""Run ids, and what an execution is about: pure words for what was read."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from orario import Level, LogLine
from orario.apps.gamehost.cuid import from_cuid, to_cuid
from orario.apps.gamehost.related import Names, Related, related


@given(st.integers(0, 2**128 - 1))
def test_a_run_id_is_one_to_one(number: int) -> None:
    assert from_cuid(to_cuid(UUID(int=number))) == UUID(int=number)


@given(st.text(st.sampled_from("c0123456789abcxyzCZ -é"), max_size=27))
def test_every_other_text_is_no_run_id(text: str) -> None:
    found = from_cuid(text)
    assert found is None or to_cuid(found) == text


def line(level: Level, **details: Any) -> LogLine:
    return LogLine(uuid4(), 1, datetime.now(UTC), level, "it", details or None)


def test_what_a_run_is_about_is_each_server_and_user_once_with_the_gravest_level() -> None:
    lines = [
        line(Level.INFO),
        line(Level.INFO, gameServerId="s1", userId="u1"),
        line(Level.ERROR, gameServerId="s1"),
        line(Level.WARN, gameServerId="gone", userId="u1"),
    ]
    minecraft = SimpleNamespace(name="My Minecraft Server", status="EXPIRED")
    john = SimpleNamespace(name="John Doe", email="john@example.com")
    assert related(lines, Names({"s1": minecraft}, {"u1": john})) == [
        Related("game server", "s1", "My Minecraft Server", "EXPIRED", 2, "ERROR"),
        Related("game server", "gone", "gone", "deleted", 1, "WARN"),
        Related("user", "u1", "John Doe", "john@example.com", 2, "WARN"),
    ]
