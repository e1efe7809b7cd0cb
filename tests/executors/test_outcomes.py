"""What an attempt returns or raises becomes its outcome, however it is carried."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from orario.core.errors import Cancelled, GiveUp
from orario.core.execution import Ending
from tests.executors.stage import Stage, work_of

Body = Callable[[], Any]
Function = Callable[..., Any]


def as_coroutine(body: Body) -> Function:
    async def shop() -> Any:
        await asyncio.sleep(0)
        return body()

    return shop


def as_function(body: Body) -> Function:
    def shop() -> Any:
        return body()

    return shop


both = pytest.mark.parametrize("shaped", [as_coroutine, as_function])
Shaped = Callable[[Body], Function]


class Order(BaseModel):
    id: int
    day: date


@dataclass
class Line:
    price: float


def raising(error: BaseException) -> Body:
    def body() -> None:
        raise error

    return body


@both
@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (0, 0),
        ("ciao", "ciao"),
        ({"closed": 3, "at": datetime(2026, 1, 1, tzinfo=UTC)}, {"closed": 3, "at": "2026-01-01T00:00:00Z"}),
        (Order(id=1, day=date(2026, 1, 2)), {"id": 1, "day": "2026-01-02"}),
        ([Line(1.5)], [{"price": 1.5}]),
        ({"bad\x00text": "half \ud83d"}, {"bad\ufffdtext": "half \ufffd"}),
    ],
)
def test_a_returned_value_is_kept_as_json(stage: Stage, shaped: Shaped, value: object, kept: object) -> None:
    outcome = stage.outcome(shaped(lambda: value))
    assert outcome.ending is Ending.SUCCEEDED
    assert outcome.result == kept


@both
@pytest.mark.parametrize("value", [object(), float("nan"), {"a": float("inf")}, lambda: None])
def test_a_result_that_is_not_json_fails_the_attempt_for_good(stage: Stage, shaped: Shaped, value: object) -> None:
    outcome = stage.outcome(shaped(lambda: value))
    assert outcome.ending is Ending.FAILED
    assert str(outcome.error_message).startswith("The result is not JSON: ")
    assert not outcome.may_retry


def test_a_result_that_holds_itself_fails_the_attempt(stage: Stage) -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "not JSON" in str(stage.outcome(as_function(lambda: endless)).error_message)


def test_a_result_that_is_too_large_fails_the_attempt(open_stage: Callable[..., Stage]) -> None:
    outcome = open_stage(max_result_bytes=2048).outcome(as_function(lambda: "é" * 1024))
    assert outcome.error_message == "The result is too large: 2050 bytes as JSON, and at most 2048 are kept"
    assert outcome.ending is Ending.FAILED
    assert outcome.result is None


@both
def test_an_exception_fails_the_attempt_with_its_name_text_and_stack(stage: Stage, shaped: Shaped) -> None:
    outcome = stage.outcome(shaped(raising(ValueError("no such branch"))))
    assert outcome.ending is Ending.FAILED
    assert outcome.error_message == "ValueError: no such branch"
    assert outcome.may_retry
    stack = str(outcome.error_stack)
    assert "in shop" in stack
    assert stack.endswith("ValueError: no such branch\n")
    assert "orario/executors/" not in stack


def test_the_stack_is_cut_at_its_front(stage: Stage) -> None:
    # Python folds a function that only calls itself; these two take turns.
    def ping(n: int) -> None:
        if n == 0:
            raise ValueError("at the bottom")
        pong(n)

    def pong(n: int) -> None:
        ping(n - 1)

    stack = str(stage.outcome(as_function(lambda: ping(300))).error_stack)
    assert 32_000 < len(stack) < 33_000
    assert stack.endswith("ValueError: at the bottom\n")


@both
def test_giving_up_asks_not_to_be_tried_again(stage: Stage, shaped: Shaped) -> None:
    outcome = stage.outcome(shaped(raising(GiveUp("closed for good"))))
    assert outcome.ending is Ending.FAILED
    assert outcome.error_message == "GiveUp: closed for good"
    assert not outcome.may_retry


@both
@pytest.mark.parametrize(
    "error",
    [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError(), Cancelled(), StopIteration()],
)
def test_nothing_that_a_task_raises_ends_more_than_its_attempt(
    stage: Stage, shaped: Shaped, error: BaseException
) -> None:
    outcome = stage.outcome(shaped(raising(error)))
    assert outcome.ending is Ending.FAILED
    assert outcome.error_message is not None
    assert stage.outcome(shaped(lambda: "well")).result == "well"


def test_an_exit_in_a_task_that_a_task_has_started_does_not_end_the_loop(stage: Stage) -> None:
    async def exits() -> None:
        raise SystemExit(1)

    async def starts() -> str:
        child = asyncio.create_task(exits())
        await asyncio.wait([child])
        return f"still here after {child.exception()!r}"

    assert stage.outcome(starts).result == "still here after SystemExit(1)"


def test_an_exception_whose_text_cannot_be_read_still_fails_the_attempt(stage: Stage) -> None:
    class Nasty(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    outcome = stage.outcome(as_function(raising(Nasty())))
    assert outcome.error_message == "Nasty: <Nasty that cannot be shown>"


def test_long_errors_are_cut(stage: Stage) -> None:
    outcome = stage.outcome(as_function(raising(ValueError("x" * 100_000))))
    assert len(str(outcome.error_message)) < 4200
    assert len(str(outcome.error_stack)) < 33_000
    assert "cut" in str(outcome.error_message)


def test_a_function_that_returns_a_coroutine_is_told_so(stage: Stage) -> None:
    async def inner() -> None: ...

    outcome = stage.outcome(as_function(inner))
    assert (
        outcome.error_message == "The result is not JSON: the function returned a coroutine; declare it `async def`"
    )


def test_arguments_are_bound_by_the_type_hints(stage: Stage) -> None:
    async def weekday(day: date, shout: bool = False) -> str:
        return f"{day:%A}{'!' if shout else ''}"

    assert stage.outcome(weekday, {"day": "2026-03-02"}).result == "Monday"
    assert stage.outcome(weekday, {"day": "2026-03-02", "shout": True}).result == "Monday!"


@pytest.mark.parametrize("args", [{}, {"day": "soon"}, {"day": "2026-03-02", "colour": "red"}])
def test_arguments_that_do_not_fit_fail_the_attempt_for_good(stage: Stage, args: dict[str, Any]) -> None:
    def weekday(day: date) -> None: ...

    outcome = stage.outcome(weekday, args)
    assert outcome.ending is Ending.FAILED
    assert str(outcome.error_message).startswith("The arguments do not fit the task: ")
    assert not outcome.may_retry


def test_a_thousand_attempts_are_handed_over_with_one_call_and_each_reports_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing() -> None: ...

    works = [work_of(nothing) for _ in range(1000)]
    loop = stage.executor._work.loop
    calls: list[object] = []
    real = loop.call_soon_threadsafe

    def counted(*args: Any) -> object:
        calls.append(args)
        return real(*args)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
    reports = stage.carry(works)
    assert len([args for args in calls if "_answer" not in repr(args)]) == 1
    assert {report.work.token for report in reports} == {work.token for work in works}
    assert not stage.reports


def test_the_context_of_one_attempt_is_not_seen_by_the_next_in_the_same_thread(
    open_stage: Callable[..., Stage],
) -> None:
    mine: ContextVar[str] = ContextVar("mine", default="untouched")

    def touch() -> str:
        before = mine.get()
        mine.set("touched")
        return before

    stage = open_stage(threads=1)
    assert [stage.outcome(touch).result for _ in range(2)] == ["untouched", "untouched"]


def test_a_slot_is_free_again_when_the_report_comes(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(coroutines=1, threads=1)

    async def nothing() -> None: ...

    def nothing_either() -> None: ...

    for function in (nothing, nothing_either):
        work = work_of(function)
        stage.perform(function)
        assert stage.executor.room(work.task.mode) == 1
