"""Secret arguments never leave an attempt in the open."""

import asyncio
import base64
import json
import urllib.parse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orario.core.clock import ManualClock
from orario.executors.context import Context
from orario.store import secrets
from orario.store.database import Database
from orario.store.migrating import migrate
from orario.store.named import NamedSecrets
from orario.store.secrets import SecretRow
from tests.executors import functions
from tests.executors.stage import DUE, Stage, until

SECRET = 'open "sesame" & more'
FORMS = {
    "plain": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "url": urllib.parse.quote(SECRET, safe=""),
    "json": json.dumps(SECRET)[1:-1],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_wherever_it_turns_up(stage: Stage, form: str) -> None:
    hidden = FORMS[form]

    async def tells(context: Context, password: str) -> None:
        assert password == SECRET
        context.info(f"using <{hidden}>", used=hidden, deep=[{"in": hidden}])
        context.note(used=hidden)
        raise RuntimeError(f"cannot use <{hidden}>")

    report = stage.perform(tells, stage.vault.seal({"password": SECRET}))
    (line,) = stage.lines
    everything = repr((line, report.outcome, report.metadata))
    assert hidden not in everything
    assert SECRET not in everything
    assert line.message.startswith("using <********")
    assert "cannot use <********" in str(report.outcome.error_message)
    assert "********" in str(report.metadata)


def test_a_secret_is_masked_in_the_result(stage: Stage) -> None:
    def returns(password: str) -> Any:
        return {"echo": f"<{password}>", password: 1}

    report = stage.perform(returns, stage.vault.seal({"password": SECRET}))
    assert report.outcome.result == {"echo": "<********>", "********": 1}


def test_a_secret_at_the_place_where_a_text_is_cut_does_not_show(stage: Stage) -> None:
    def tells(context: Context, password: str) -> None:
        context.info("x" * (32 * 1024 - 5) + password, text="x" * 92_000 + password)
        raise RuntimeError("x" * 4070 + password)

    report = stage.perform(tells, stage.vault.seal({"password": "0123456789abcdef"}))
    assert "0123" not in repr((stage.lines, report.outcome))


def test_arguments_sealed_with_another_key_fail_the_attempt_with_advice(stage: Stage) -> None:
    async def uses(password: str) -> None:
        await asyncio.sleep(0)

    args = stage.vault.seal({"password": SECRET})
    args["password"]["$sealed"] = "gAAAAABl" + args["password"]["$sealed"][8:]
    outcome = stage.outcome(uses, args)
    assert "cannot be opened" in str(outcome.error_message)
    assert not outcome.may_retry


class Named:
    """A stage whose vault knows named secrets in a database of its own."""

    def __init__(self, stage: Stage, directory: Path) -> None:
        self.stage = stage
        self.database = Database(f"sqlite:///{directory}/named.db", durable=False)
        migrate(self.database)
        self.clock = ManualClock(DUE)
        stage.vault._named = NamedSecrets(self.database, self.clock)

    def set(self, name: str, value: str) -> None:
        row = SecretRow(name=name, description=None, created_at=DUE, created_by=None, updated_at=DUE, updated_by=None)
        with self.database.writing() as connection:
            secrets.remove(connection, name)
            secrets.add(connection, row, self.stage.vault.seal_value(value))

    def delete(self, name: str) -> None:
        with self.database.writing() as connection:
            secrets.remove(connection, name)

    def used(self, name: str) -> bool:
        with self.database.reading() as connection:
            row = secrets.get(connection, name)
        return row is not None and row.last_used_at is not None


@pytest.fixture
def named(stage: Stage, tmp_path: Path) -> Iterator[Named]:
    named = Named(stage, tmp_path)
    yield named
    named.database.close()


ARGS = {"url": "http://host/?key=${secret:key}", "headers": {"Authorization": "Bearer ${secret:key}"}}


def test_a_named_secret_is_put_in_when_the_attempt_is_performed_and_masked_in_all_it_says(named: Named) -> None:
    named.set("key", SECRET)

    def calls(context: Context, url: str, headers: dict[str, str]) -> dict[str, bool]:
        context.info(f"calling {url}")
        return {"isThere": url.endswith(SECRET), "isSent": headers == {"Authorization": f"Bearer {SECRET}"}}

    outcome = named.stage.outcome(calls, ARGS)
    assert outcome.result == {"isThere": True, "isSent": True}
    assert named.stage.messages() == ["calling http://host/?key=********"]
    until(lambda: named.used("key"), "its use is not written down")


def test_a_changed_secret_counts_within_seconds_and_a_deleted_one_fails_the_attempt_for_good(named: Named) -> None:
    def tells(key: str) -> list[str]:
        return list(key)

    args = {"key": {"$secret": "key"}}
    for value in ("first", "other"):
        named.set("key", value)
        assert "".join(named.stage.outcome(tells, args).result) == value
        named.clock.advance(timedelta(seconds=2))
    named.delete("key")
    outcome = named.stage.outcome(tells, args)
    assert "there is no secret named key" in str(outcome.error_message)
    assert not outcome.may_retry


def test_a_secret_that_is_written_on_two_lines_is_masked_on_both(named: Named) -> None:
    named.set("key", SECRET)

    def tells(context: Context, key: str) -> None:
        context.info(f"first {key[:7]}")
        context.warn("in between")
        context.info(key[7:])

    named.stage.perform(tells, {"key": {"$secret": "key"}})
    assert named.stage.messages() == ["first ********", "in between", "********"]


def test_a_line_that_was_held_back_is_told_while_the_attempt_goes_on(named: Named) -> None:
    named.set("key", SECRET)
    seen: list[bool] = []

    def waits(context: Context, key: str) -> None:
        context.info(f"will {SECRET[:5]}")
        until(lambda: bool(named.stage.messages()), "the line was never told")
        seen.append(True)

    named.stage.perform(waits, {"key": {"$secret": "key"}})
    assert seen
    assert named.stage.messages() == [f"will {SECRET[:5]}"]


@pytest.mark.parametrize("process", [False, True])
def test_what_a_task_learns_to_be_secret_is_hidden_from_then_on(stage: Stage, process: bool) -> None:
    outcome = stage.outcome(functions.learn_secret, {}, process=process)
    assert stage.messages() == ["before", "got ********"]
    assert outcome.error_message == "RuntimeError: refused ********"
