"""Time-outs, cancels and the end of the server stop attempts, and the reports say what became of them."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from orario.core.errors import Cancelled
from orario.core.execution import Ending
from orario.core.task import Mode
from orario.executors.context import Context
from tests.executors.stage import LIMIT, Stage, until, work_of

LOST = "The server was stopped before the work was done"


def drain(stage: Stage, grace: float = 0.0) -> None:
    asyncio.run(stage.executor.drain(timedelta(seconds=grace)))


def test_a_coroutine_is_cancelled_at_its_time_out(stage: Stage) -> None:
    async def sleeps() -> None:
        await asyncio.sleep(60)

    started = time.monotonic()
    outcome = stage.outcome(sleeps, timeout=0.2)
    assert 0.2 <= time.monotonic() - started < 5
    assert outcome.ending is Ending.TIMED_OUT
    assert outcome.error_message == "Timed out after 0.2 s"
    assert "asyncio.sleep(60)" in str(outcome.error_stack)
    assert stage.executor.room(Mode.LOOP) == 1000


def test_a_cancelled_coroutine_has_the_grace_to_clean_up(stage: Stage) -> None:
    cleaned: list[str] = []
    ready = threading.Event()

    async def sleeps(context: Context) -> None:
        try:
            ready.set()
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.2)
            context.info("closing the drawer")
            cleaned.append("cleaned")

    work = work_of(sleeps)
    stage.executor.carry([work])
    assert ready.wait(LIMIT)
    stage.executor.cancel([work.token], "cancelled by anna")
    outcome = stage.wait()[0].outcome
    assert (outcome.ending, outcome.error_message) == (Ending.CANCELLED, "cancelled by anna")
    assert cleaned == ["cleaned"]
    assert stage.messages() == ["closing the drawer"]


def test_a_coroutine_that_catches_its_cancellation_once_is_cancelled_again(open_stage: Callable[..., Stage]) -> None:
    async def insists() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    outcome = open_stage(kill_grace_seconds=0.1).outcome(insists, timeout=0.1)
    assert outcome.error_message == "Timed out after 0.1 s"


def test_a_coroutine_that_never_stops_is_reported_honestly_and_keeps_its_slot(
    open_stage: Callable[..., Stage],
) -> None:
    over = threading.Event()

    async def insists() -> None:
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)

    stage = open_stage(kill_grace_seconds=0.1)
    outcome = stage.outcome(insists, timeout=0.1)
    assert outcome.ending is Ending.TIMED_OUT
    assert "it did not stop within 0.1 s of being asked: it catches its cancellation" in str(outcome.error_message)
    assert stage.executor.room(Mode.LOOP) == 999
    over.set()
    until(lambda: stage.executor.room(Mode.LOOP) == 1000, "the slot is free again")
    assert not stage.reports


def test_an_error_while_stopping_is_told(stage: Stage) -> None:
    async def stumbles() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("the drawer is stuck")

    outcome = stage.outcome(stumbles, timeout=0.1)
    assert outcome.ending is Ending.TIMED_OUT
    assert outcome.error_message == "Timed out after 0.1 s; while stopping: ValueError: the drawer is stuck"


def test_a_coroutine_that_returns_when_cancelled_is_timed_out_all_the_same(stage: Stage) -> None:
    async def returns() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return "done"

    assert stage.outcome(returns, timeout=0.1).ending is Ending.TIMED_OUT


def test_what_a_stopped_coroutine_has_started_is_stopped_too(stage: Stage) -> None:
    ended = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def starts() -> None:
        starts.child = asyncio.create_task(endless())  # type: ignore[attr-defined]
        await asyncio.sleep(60)

    assert stage.outcome(starts, timeout=0.1).ending is Ending.TIMED_OUT
    assert ended.wait(LIMIT)


def test_a_coroutine_stopped_by_its_context_is_not_cancelled_in_its_clean_up(stage: Stage) -> None:
    cleaned: list[str] = []

    async def counts(context: Context) -> None:
        try:
            while True:
                context.progress.advance()  # no await: only the context can stop it
        finally:
            await asyncio.sleep(0.1)
            cleaned.append("cleaned")

    work = work_of(counts)
    stage.executor.carry([work])
    until(lambda: bool(stage.look() or stage.told), "it has started")  # type: ignore[func-returns-value]
    stage.executor.cancel([work.token], "cancelled by anna")
    assert stage.wait()[0].outcome.ending is Ending.CANCELLED
    assert cleaned == ["cleaned"]


def test_an_attempt_cancelled_before_it_could_start_never_runs(stage: Stage) -> None:
    calls: list[str] = []

    async def runs() -> None:
        calls.append("called")

    go = threading.Event()
    stage.executor._work.call(go.wait, LIMIT)
    work = work_of(runs)
    stage.executor.carry([work])
    stage.executor.cancel([work.token], "cancelled by anna")
    go.set()
    assert stage.wait()[0].outcome.ending is Ending.CANCELLED
    assert not calls


@pytest.mark.parametrize("call", ["info", "check", "advance", "note", "track"])
def test_a_thread_stops_with_the_next_call_of_its_context(stage: Stage, call: str) -> None:
    calls: dict[str, Callable[[Context], object]] = {
        "info": lambda context: context.info("still here"),
        "check": lambda context: context.check(),
        "advance": lambda context: context.progress.advance(),
        "note": lambda context: context.note(a=1),
        "track": lambda context: list(context.track([1])),
    }

    def works(context: Context) -> None:
        while True:
            calls[call](context)
            time.sleep(0.01)

    outcome = stage.outcome(works, timeout=0.2)
    assert (outcome.ending, outcome.error_message) == (Ending.TIMED_OUT, "Timed out after 0.2 s")


def test_a_thread_may_write_log_lines_while_it_cleans_up(stage: Stage) -> None:
    steps: list[str] = []

    def works(context: Context) -> None:
        try:
            while True:
                context.check()
                time.sleep(0.01)
        finally:
            context.info("closing the drawer")
            steps.append("closed")

    assert stage.outcome(works, timeout=0.1).ending is Ending.TIMED_OUT
    assert steps == ["closed"]
    assert stage.messages() == ["closing the drawer"]


def test_a_thread_that_catches_every_exception_in_its_loop_stops_all_the_same(stage: Stage) -> None:
    def works(context: Context) -> None:
        for _ in range(3):
            with suppress(Exception):
                while True:
                    context.progress.advance()
                    time.sleep(0.01)
        context.check()

    assert stage.outcome(works, timeout=0.1).error_message == "Timed out after 0.1 s"


def test_a_thread_that_looks_and_returns_is_timed_out(stage: Stage) -> None:
    def works(context: Context) -> None:
        while not context.is_cancelled:
            time.sleep(0.01)

    assert stage.outcome(works, timeout=0.1).ending is Ending.TIMED_OUT


def test_a_thread_that_does_not_listen_is_reported_as_still_running_and_keeps_its_slot(
    open_stage: Callable[..., Stage],
) -> None:
    over = threading.Event()

    def deaf(context: Context) -> None:
        over.wait(LIMIT)
        with suppress(Cancelled):
            context.info("too late for the log")

    stage = open_stage(threads=2)
    outcome = stage.outcome(deaf, timeout=0.1)
    assert outcome.ending is Ending.TIMED_OUT
    assert "it did not stop within 0.4 s of being asked: its thread still runs" in str(outcome.error_message)
    assert "over.wait(LIMIT)" in str(outcome.error_stack)
    assert stage.executor.room(Mode.THREAD) == 1
    over.set()
    until(lambda: stage.executor.room(Mode.THREAD) == 2, "the slot is free again")
    assert not stage.messages()
    assert not stage.reports


def test_the_time_out_of_a_thread_counts_from_its_start_in_the_thread(open_stage: Callable[..., Stage]) -> None:
    def occupies() -> str:
        time.sleep(0.8)
        return "done"

    def works(context: Context) -> str:
        context.check()
        return "done"

    stage = open_stage(threads=1)
    reports = stage.carry([work_of(occupies), work_of(works, timeout=0.5)])  # more than there is room for
    assert [report.outcome.result for report in reports] == ["done"] * 2


def test_unknown_tokens_are_ignored(stage: Stage) -> None:
    async def nothing() -> None: ...

    token = work_of(nothing).token
    stage.executor.cancel([token], "no reason")
    stage.executor.abandon([token])
    assert stage.outcome(nothing).ending is Ending.SUCCEEDED


def test_an_abandoned_attempt_stops_without_a_report_or_another_word(stage: Stage) -> None:
    ready, ended = threading.Event(), threading.Event()

    async def sleeps(context: Context) -> None:
        try:
            ready.set()
            await asyncio.sleep(60)
        finally:
            context.info("not ours any more")
            ended.set()

    work = work_of(sleeps)
    stage.executor.carry([work])
    assert ready.wait(LIMIT)
    stage.executor.abandon([work.token])
    assert ended.wait(LIMIT)
    until(lambda: stage.executor.room(Mode.LOOP) == 1000, "the slot is free again")
    assert not stage.messages()
    assert not stage.reports


def test_a_drain_lets_running_work_end_within_the_grace(stage: Stage) -> None:
    async def works() -> str:
        await asyncio.sleep(0.2)
        return "done"

    stage.executor.carry([work_of(works)])
    drain(stage, LIMIT)
    assert stage.wait()[0].outcome.result == "done"


def test_a_drain_stops_what_is_left_as_lost(stage: Stage) -> None:
    ready = threading.Barrier(3)

    async def sleeps() -> None:
        await asyncio.to_thread(ready.wait, LIMIT)
        await asyncio.sleep(60)

    def works(context: Context) -> None:
        ready.wait(LIMIT)
        while True:
            context.check()
            time.sleep(0.01)

    stage.executor.carry([work_of(sleeps), work_of(works)])
    ready.wait(LIMIT)
    drain(stage, 0.1)
    outcomes = [report.outcome for report in stage.wait(2)]
    assert {(outcome.ending, outcome.error_message) for outcome in outcomes} == {(Ending.LOST, LOST)}


def test_work_that_a_drain_finds_nearly_done_may_end_well(stage: Stage) -> None:
    ready = threading.Event()

    def works() -> str:
        ready.set()
        time.sleep(0.2)
        return "done"

    stage.executor.carry([work_of(works)])
    assert ready.wait(LIMIT)
    drain(stage)
    assert stage.wait()[0].outcome.result == "done"


def test_work_that_comes_while_draining_is_lost_at_once(stage: Stage) -> None:
    async def nothing() -> None: ...

    drain(stage)
    assert stage.executor.room(Mode.LOOP) == 0
    assert stage.outcome(nothing).ending is Ending.LOST


def test_a_thread_that_never_ends_does_not_hold_the_drain_up(open_stage: Callable[..., Stage]) -> None:
    over, ready = threading.Event(), threading.Event()

    def deaf() -> None:
        ready.set()
        over.wait(LIMIT)

    stage = open_stage(kill_grace_seconds=0.2)
    stage.executor.carry([work_of(deaf)])
    assert ready.wait(LIMIT)
    drain(stage)
    outcome = stage.wait()[0].outcome
    over.set()
    assert outcome.ending is Ending.LOST
    assert str(outcome.error_message).startswith(f"{LOST}; it did not stop within 0.2 s")


class Blocked:
    """A coroutine that blocks the loop it shares with others."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.ready = threading.Event()

    async def blocks(self) -> None:
        self.ready.set()
        self.over.wait(LIMIT)


def test_a_coroutine_that_blocks_the_loop_is_named_with_its_place(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = Blocked()
    stage.executor.carry([work_of(blocked.blocks)])
    until(lambda: "shop.blocks has blocked the loop" in caplog.text, "a warning")
    blocked.over.set()
    assert "test_stopping.py:" in caplog.text
    assert "use `def`, which runs in a thread" in caplog.text
    stage.wait()
    assert any("shop.blocks has blocked the loop" in message for message in stage.messages())


def test_time_outs_are_reported_even_while_the_loop_is_blocked(stage: Stage) -> None:
    blocked = Blocked()

    async def sleeps() -> None:
        await asyncio.sleep(60)

    reports = stage.carry([work_of(sleeps, timeout=0.3), work_of(blocked.blocks, timeout=0.3)])
    blocked.over.set()
    messages = [report.outcome.error_message for report in reports]
    assert all("the task shop.blocks blocks the loop" in str(message) for message in messages)
    until(lambda: stage.executor.room(Mode.LOOP) == 1000, "both slots are free again")


def test_threads_keep_their_time_outs_while_the_loop_is_blocked(stage: Stage) -> None:
    blocked = Blocked()

    def works(context: Context) -> Any:
        while True:
            context.check()
            time.sleep(0.01)

    stage.executor.carry([work_of(blocked.blocks)])
    assert blocked.ready.wait(LIMIT)
    outcome = stage.outcome(works, timeout=0.1)
    blocked.over.set()
    assert outcome.error_message == "Timed out after 0.1 s"
