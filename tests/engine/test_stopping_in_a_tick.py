"""A server that is stopped while a tick is under way: what the tick has claimed is performed like the rest."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

from orario import App, Every
from orario.core.execution import State
from orario.runtime import Runtime
from orario.service.executions import ExecutionFilter
from orario.settings import Settings
from orario.store.database import Database


class Hesitant(Database):
    """A real database whose answer to a tick takes a while to come back, as over a busy network."""

    def __init__(self, url: str) -> None:
        super().__init__(url, durable=False)
        self.has_ticked = Event()

    async def transact(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        answer = await super().transact(function, *args, **kwargs)
        if function.__name__ == "_tick" and answer.claims is not None:
            self.has_ticked.set()
            await asyncio.sleep(0.5)
        return answer


def make_app() -> App:
    app = App("shop")

    @app.task(schedule=Every(seconds=1))
    async def sell() -> None:
        """Sell."""

    return app


def test_what_a_tick_has_claimed_when_the_server_is_stopped_is_still_performed(database_url: str) -> None:
    database = Hesitant(database_url)
    runtime = Runtime(Settings(database_url=database_url, key="of a test"), [make_app()], database=database)
    runtime.prepare()
    runtime.start()
    assert database.has_ticked.wait(10)
    runtime.engine.stop(timedelta(seconds=5))
    found = runtime.services.executions.find(ExecutionFilter(job_ref="sell"), 1, 10).items
    assert [one.state for one in found] == [State.SUCCESS]
    runtime.executor.stop()
    database.close()
