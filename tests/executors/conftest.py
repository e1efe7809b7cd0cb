"""A stage for every test, cleared afterwards."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.executors.stage import Stage


@pytest.fixture
def open_stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def open_stage(**settings: Any) -> Stage:
        stages.append(Stage(tmp_path, **settings))
        return stages[-1]

    yield open_stage
    for stage in stages:
        stage.executor.stop()


@pytest.fixture
def stage(open_stage: Callable[..., Stage]) -> Stage:
    return open_stage()
