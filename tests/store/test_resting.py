"""Whoever has time rests between its reads, and nobody else does."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from orario.store.database import Database
from orario.store.raw import rows


def test_a_rest_comes_before_each_statement_of_the_thread_that_wants_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'orario.db'}", durable=False)
    rests: list[int] = []

    def read() -> int:
        with database.reading() as connection:
            rows(connection, "SELECT 1")
            rows(connection, "SELECT 2")
        return len(rests)

    with database.resting(lambda: rests.append(1)), ThreadPoolExecutor(1) as another:
        assert another.submit(read).result() == 0
        rested = read()
        assert rested >= 2  # the transaction's own beginning may be one of its statements
        with database.writing() as connection:
            rows(connection, "SELECT 3")
        assert len(rests) == rested
    assert read() == rested
    database.close()
