"""What a task says: log lines, progress, metadata, and the standard logging."""

import asyncio
import io
import logging
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from orario.core.execution import Level, LogLine, Progress, Trigger
from orario.executors.capture import Capture, Masked
from orario.executors.context import Context
from tests.executors.stage import DUE, Stage, until, work_of

shop = logging.getLogger("shop")
shop.setLevel(logging.INFO)


def only(stage: Stage) -> LogLine:
    stage.look()
    (line,) = stage.lines
    return line


def test_a_context_knows_its_attempt(stage: Stage) -> None:
    seen: list[Context] = []

    def looks(context: Context) -> None:
        seen.append(context)

    work = work_of(looks, timeout=90)
    stage.carry([work])
    (context,) = seen
    assert context.execution_id == work.execution_id
    assert (context.job, context.app, context.attempt) == ("close-the-day", "shop", 1)
    assert (context.trigger, context.scheduled_for) == (Trigger.SCHEDULER, DUE)
    assert context.timeout == timedelta(seconds=90)
    assert not context.is_cancelled


@pytest.mark.parametrize("level", list(Level))
def test_each_level_has_its_word(stage: Stage, level: Level) -> None:
    async def speaks(context: Context) -> None:
        getattr(context, level.value.lower())("closing", order=7)

    report = stage.perform(speaks)
    line = only(stage)
    assert (line.execution_id, line.attempt) == (report.work.execution_id, 1)
    assert (line.level, line.message, line.details) == (level, "closing", {"order": 7})


def test_a_level_may_be_given_as_a_word(stage: Stage) -> None:
    def speaks(context: Context) -> None:
        context.log("warn", "closing")

    stage.perform(speaks)
    assert only(stage).level is Level.WARN


def test_details_may_be_called_message_level_or_self(stage: Stage) -> None:
    def speaks(context: Context) -> None:
        context.info("hello", message="m", level="l", self="s")

    stage.perform(speaks)
    assert only(stage).details == {"message": "m", "level": "l", "self": "s"}


class Silent:
    def __str__(self) -> str:
        raise RuntimeError("nothing to say")


class Spoken:
    def __str__(self) -> str:
        return "spoken"


def endless() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("half \ud83d and \x00", "half \ufffd and \ufffd"),
        (date(2026, 1, 2), "2026-01-02"),
        (float("nan"), "nan"),
        (2**70, str(2**70)),
        ({1: {"a"}}, {"1": ["a"]}),
        (b"\xff", "b'\\xff'"),
        (Silent(), "<Silent that cannot be shown>"),
        (Spoken(), "spoken"),
        (True, True),
    ],
)
def test_details_become_json(stage: Stage, value: object, kept: object) -> None:
    def speaks(context: Context) -> None:
        context.info("closing", value=value)

    stage.perform(speaks)
    assert only(stage).details == {"value": kept}


def test_details_without_end_are_cut_off(stage: Stage) -> None:
    def speaks(context: Context) -> None:
        context.info("closing", value=endless())
        context.info("closing", lines=["x" * 1000] * 1000)
        context.info("closing", text="x" * 100_000, order=7)

    stage.perform(speaks)
    stage.look()
    first, second, third = (line.details for line in stage.lines)
    assert first is not None
    assert str(second).startswith("{'left_out': 'details of 100")
    assert third is not None
    assert third["order"] == 7
    assert len(third["text"]) < 9000


def test_messages_are_cleaned_and_cut(stage: Stage) -> None:
    def speaks(context: Context) -> None:
        context.info("nul \x00 half \udc80")
        context.info("x" * 50_000)
        context.info(7)  # type: ignore[arg-type]

    stage.perform(speaks)
    first, second, third = stage.messages()
    assert first == "nul \ufffd half \ufffd"
    assert second.endswith("xxx [cut: 50000 characters in all]")
    assert len(second) < 33_000
    assert third == "7"


def test_lines_past_the_limit_are_counted_and_left_out(open_stage: Callable[..., Stage]) -> None:
    async def chats(context: Context) -> None:
        for number in range(150):
            context.info(f"line {number}")

    stage = open_stage(max_log_lines=100)
    stage.perform(chats)
    messages = stage.messages()
    assert messages[99:] == ["line 99", "50 more lines were left out: of one attempt 100 are kept"]


def test_the_lines_of_an_attempt_are_in_the_inbox_before_its_report(stage: Stage) -> None:
    async def speaks(context: Context) -> None:
        context.info("last word")

    stage.executor.carry([work_of(speaks) for _ in range(50)])
    reports = stage.wait(50)
    told = {line.execution_id for line in stage.lines}
    assert {report.work.execution_id for report in reports} <= told


def test_a_line_written_after_the_end_is_dropped(stage: Stage) -> None:
    late = threading.Event()

    async def afterwards(context: Context) -> None:
        await asyncio.sleep(0.05)
        context.info("too late")
        shop.info("too late")
        late.set()

    async def starts(context: Context) -> None:
        starts.child = asyncio.create_task(afterwards(context))  # type: ignore[attr-defined]

    stage.perform(starts)
    assert late.wait(10)
    assert stage.messages() == []


# Progress


def test_tracking_counts_what_was_gone_through(stage: Stage) -> None:
    async def works(context: Context) -> int:
        for item in context.track(["a", "b", "c"]):
            if item == "b":
                context.progress.fail()
        return context.progress.processed

    report = stage.perform(works)
    assert report.progress == Progress(total=3, processed=3, failed=1)
    assert report.outcome.result == 3


def test_an_async_iterable_is_tracked_too(stage: Stage) -> None:
    async def orders() -> AsyncIterator[int]:
        for number in range(4):
            yield number

    async def works(context: Context) -> int:
        return sum([number async for number in context.track(orders(), total=4)])

    report = stage.perform(works)
    assert (report.progress, report.outcome.result) == (Progress(4, 4, 0), 6)


def test_an_iterable_without_a_length_has_no_total(stage: Stage) -> None:
    def orders() -> Iterator[int]:
        yield from range(4)

    def works(context: Context) -> None:
        list(context.track(orders()))

    assert stage.perform(works).progress == Progress(0, 4, 0)


def test_an_item_whose_body_raises_is_not_processed(stage: Stage) -> None:
    def works(context: Context) -> None:
        for item in context.track([1, 2, 3]):
            if item == 2:
                raise ValueError(item)

    assert stage.perform(works).progress == Progress(3, 1, 0)


def test_two_tracks_add_up_unless_the_total_is_given(stage: Stage) -> None:
    def works(context: Context, total: int | None = None) -> None:
        if total is not None:
            context.progress.expect(total)
        for _ in range(2):
            list(context.track([1, 2, 3]))

    assert stage.perform(works).progress == Progress(6, 6, 0)
    assert stage.perform(works, {"total": 10}).progress == Progress(10, 6, 0)


def test_progress_from_many_threads_is_counted_whole(stage: Stage) -> None:
    def works(context: Context) -> None:
        def advance() -> None:
            for _ in range(1000):
                context.progress.advance()

        threads = [threading.Thread(target=advance) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert stage.perform(works).progress.processed == 4000


def test_progress_is_told_now_and_then_and_catches_up(stage: Stage) -> None:
    go_on = threading.Event()

    def works(context: Context) -> None:
        for _ in range(1000):
            context.progress.advance()
        go_on.wait(10)

    stage.executor.carry([work_of(works)])
    until(lambda: stage.look() or bool(stage.told), "a word in between")  # type: ignore[func-returns-value]
    go_on.set()
    stage.wait()
    assert stage.told == [Progress(0, 1000, 0)]


def test_a_short_attempt_tells_its_progress_with_the_report_only(stage: Stage) -> None:
    async def works(context: Context) -> None:
        for _ in context.track(range(100)):
            pass

    stage.carry([work_of(works) for _ in range(10)])
    assert stage.told == []


# Metadata


def test_metadata_is_kept_with_the_attempt(stage: Stage) -> None:
    async def works(context: Context) -> None:
        context.note(branch="north", day=date(2026, 1, 2))
        context.note(branch="south")

    async def silent() -> None: ...

    assert stage.perform(works).metadata == {"branch": "south", "day": "2026-01-02"}
    assert stage.perform(silent).metadata is None


def test_too_much_metadata_is_refused(stage: Stage) -> None:
    async def works(context: Context) -> None:
        context.note(text="x" * 100_000)

    outcome = stage.outcome(works)
    assert outcome.error_message == "ValueError: the metadata of an attempt must not exceed 65536 bytes"


# The standard logging


def test_the_standard_logging_of_a_task_becomes_its_log(stage: Stage) -> None:
    async def deeper() -> None:
        await asyncio.sleep(0)
        shop.error("in a task of its own")
        await asyncio.to_thread(shop.critical, "in a helper thread")

    async def works() -> None:
        shop.info("closing %s", "north", extra={"order": 7})
        await asyncio.create_task(deeper())

    report = stage.perform(works)
    stage.look()
    found = [(line.level, line.message, line.execution_id) for line in stage.lines]
    id = report.work.execution_id
    assert found == [
        (Level.INFO, "closing north", id),
        (Level.ERROR, "in a task of its own", id),
        (Level.FATAL, "in a helper thread", id),
    ]
    assert stage.lines[0].details == {"logger": "shop", "order": 7}


def test_attempts_side_by_side_do_not_mix_their_logs(stage: Stage) -> None:
    async def on_loop(name: str) -> None:
        for _ in range(5):
            shop.warning(name)
            await asyncio.sleep(0.001)

    def in_thread(name: str) -> None:
        for _ in range(5):
            shop.warning(name)
            time.sleep(0.001)

    works = [work_of(function, {"name": f"n{at}"}) for at, function in enumerate([on_loop, in_thread] * 10)]
    stage.carry(works)
    stage.look()
    for work in works:
        said = [line.message for line in stage.lines if line.execution_id == work.execution_id]
        assert said == [work.args["name"]] * 5


def test_a_logged_exception_brings_its_stack(stage: Stage) -> None:
    def works() -> None:
        try:
            raise ValueError("no such branch")
        except ValueError:
            shop.exception("cannot close")

    stage.perform(works)
    line = only(stage)
    assert (line.level, line.message) == (Level.ERROR, "cannot close")
    assert line.details is not None
    assert "ValueError: no such branch" in line.details["exception"]


def test_a_wrong_format_costs_the_task_nothing(stage: Stage) -> None:
    def works() -> None:
        Capture().handle(shop.makeRecord("shop", logging.INFO, "f", 1, "%d items", ("many",), None))

    assert stage.perform(works).outcome.error_message is None
    assert stage.messages() == ["%d items ('many',)"]


def test_logging_outside_of_attempts_is_not_captured(stage: Stage) -> None:
    shop.warning("nobody's business")
    assert stage.messages() == []


def test_a_program_without_handlers_still_prints_its_warnings(tmp_path: Path) -> None:
    script = """
import logging
from orario.executors import capture
capture.install()
logging.getLogger("shop").info("quiet")
logging.getLogger("shop").warning("loud")
"""
    told = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stderr == "loud\n"


def test_what_a_task_logs_is_printed_without_its_secrets(stage: Stage) -> None:
    printed = io.StringIO()
    handler = logging.StreamHandler(printed)
    handler.addFilter(Masked())
    shop.addHandler(handler)

    async def works(password: str) -> None:
        try:
            raise ValueError(f"not {password}")
        except ValueError:
            shop.exception("tried %s", password)

    stage.perform(works, stage.vault.seal({"password": "sesame-42"}))
    shop.removeHandler(handler)
    assert "tried ********\n" in printed.getvalue()
    assert "ValueError: not ********" in printed.getvalue()
    assert "sesame" not in printed.getvalue() + repr(stage.lines)
    assert "ValueError: not ********" in repr(only(stage).details)
