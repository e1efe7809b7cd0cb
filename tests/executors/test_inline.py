"""What the executor of the Harness shares with the real one: captured logging, a context for each attempt."""

import logging

from orario import App, Every
from orario.core.execution import State
from orario.executors.capture import CURRENT
from orario.testing import Harness

shop = logging.getLogger("tests.shop")


def make_app() -> App:
    app = App("sim")

    @app.task(schedule=Every(hours=1))
    async def counts_on_the_loop() -> None:
        shop.warning("counted")

    @app.task(schedule=Every(hours=1))
    def counts_in_a_thread() -> None:
        shop.warning("counted")

    return app


def test_what_a_task_writes_with_logging_is_in_the_log_of_its_execution() -> None:
    with Harness(make_app()) as harness:
        fired = harness.advance("1h")
        told = [[line.message for line in harness.services.executions.logs(one.id)] for one in fired]
        assert told == [["counted"], ["counted"]]


def test_an_attempt_leaves_nothing_of_itself_with_those_who_come_after() -> None:
    seen: list[object] = []
    with Harness(make_app()) as harness:
        harness.runtime.engine.settler.on_changed = lambda: seen.append(CURRENT.get())
        assert harness.trigger("counts_on_the_loop").state is State.SUCCESS
    assert seen == [None]
