"""What the tests of shipped apps share."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
