"""Fills a database with a history: `python -m bench.generate postgresql:///orario --executions 10000000`.

The database writes the rows itself, from a series of numbers: a million takes seconds, not minutes. Executions come
oldest first, as a living Orario opens them, spread evenly over the days and over the jobs; 97 of 100 succeeded.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from bench.contenders.with_orario import app
from orario.runtime import Runtime, load_apps
from orario.service.documents import JobDocument
from orario.service.people import SYSTEM
from orario.settings import Settings
from orario.store.columns import to_micros
from orario.store.database import Database

_BATCH = 200_000
_FAR = 100 * 365 * 86_400  # seconds: the jobs are never due by themselves
# `n` is a number of the series, `at` its moment; {name} is what the two databases say differently.
_OPEN = """
INSERT INTO executions (id, job_id, job_name, task, queue, priority, state, trigger, scheduled_for, due_at, attempt,
                        token, created_at, started_at, finished_at, result, error_message, reason)
SELECT {id}, job_id, name, 'bench.noop', 'default', 0,
       CASE WHEN n % 100 < 97 THEN 'success' WHEN n % 100 = 97 THEN 'failed' WHEN n % 100 = 98 THEN 'timeout'
            ELSE 'skipped' END,
       'scheduler', at, at, CASE WHEN n % 100 = 99 THEN 0 ELSE 1 END, {token}, at + 2000,
       CASE WHEN n % 100 < 99 THEN at + 3000 END, at + 4000 + n % 977 * 1000,
       CASE WHEN n % 10 = 0 THEN {result} END,
       CASE WHEN n % 100 IN (97, 98) THEN 'ValueError: nobody answers at ' || (n % 50) END,
       CASE WHEN n % 100 = 99 THEN 'another execution of this job was running' END
FROM {series} JOIN bench_jobs ON place = n * 7919 % :jobs ORDER BY n
"""
_SAY = """
INSERT INTO logs (execution_id, attempt, at, level, message)
SELECT {id}, 1, at + 3500, 'INFO', 'closing the day of ' || name
FROM {series} JOIN bench_jobs ON place = n * 7919 % :jobs WHERE n % :lines = 0 ORDER BY n
"""
_SPOKEN = {
    "sqlite": {
        "series": "(WITH RECURSIVE s(n) AS (SELECT :low UNION ALL SELECT n + 1 FROM s WHERE n < :high - 1)"
        " SELECT n, :first + n * :step AS at FROM s) AS moments",
        "id": "printf('%012x7%03xa', at / 1000, n & 4095) || substr(printf('%032x', n * 2654435761), 18)",
        "token": "lower(hex(randomblob(16)))",
        "result": "'{\"rows\": 7}'",
    },
    "postgresql": {
        "series": "(SELECT n, :first + n * :step AS at FROM generate_series(CAST(:low AS bigint), :high - 1) AS n)"
        " AS moments",
        "id": "CAST(lpad(to_hex(at / 1000), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || 'a'"
        " || substr(lpad(to_hex(n * 2654435761), 32, '0'), 18) AS uuid)",
        "token": "gen_random_uuid()",
        "result": "CAST('{\"rows\": 7}' AS json)",
    },
}


def fill(database: Database, executions: int, days: float, lines: int) -> Iterator[int]:
    """Write so many executions, one of `lines` with a log line; how many are there, again and again."""
    opened, said = (query.format(**_SPOKEN[database.dialect]) for query in (_OPEN, _SAY))
    span = timedelta(days=days)
    place = {"jobs": _number_jobs(database), "first": to_micros(datetime.now(UTC) - span), "lines": lines}
    place["step"] = int(span / timedelta(microseconds=1)) // executions
    for low in range(0, executions, _BATCH):
        high = min(low + _BATCH, executions)
        with database.writing(lazily=True) as connection:
            _do(connection, opened, place | {"low": low, "high": high})
            if lines:
                _do(connection, said, place | {"low": low, "high": high})
        database.checkpoint()
        yield high
    _count(database)


def _do(connection: Connection, statement: str, place: dict[str, int]) -> None:
    for name, value in place.items():
        statement = statement.replace(f":{name}", str(value))
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})  # a % is a % for every driver


def _number_jobs(database: Database) -> int:
    """A table of the jobs by number, for the time of the filling."""
    made = "SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS place, id AS job_id, name FROM jobs"
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS bench_jobs")
        connection.exec_driver_sql(f"CREATE TABLE bench_jobs AS {made} WHERE task = 'bench.noop'")
        connection.exec_driver_sql("CREATE INDEX ix_bench_jobs ON bench_jobs (place)")
        return int(connection.exec_driver_sql("SELECT COUNT(*) FROM bench_jobs").scalar_one())


def _count(database: Database) -> None:
    """Let the jobs' counters say what is there."""
    states = ("success", "failed", "timeout", "skipped")
    sums = ", ".join(f"SUM(CASE WHEN state = '{state}' THEN 1 ELSE 0 END) AS {state}" for state in states)
    sets = ", ".join(f"{state}_count = found.{state}" for state in states)
    found = f"(SELECT job_id, {sums}, MAX(finished_at) AS last FROM executions GROUP BY job_id) AS found"
    with database.writing() as connection:
        connection.exec_driver_sql(
            f"UPDATE cursors SET {sets}, last_state = 'success', last_finished_at = found.last FROM {found}"
            " WHERE found.job_id = cursors.job_id"
        )
        connection.exec_driver_sql("DROP TABLE bench_jobs")


def create_jobs(url: str, count: int) -> None:
    """Jobs of a task that does nothing, due in a hundred years."""
    runtime = Runtime(Settings(database_url=url), [*load_apps(["retention"]), app])
    runtime.prepare()
    task = runtime.services.tasks.get("bench.noop").id
    rule = {"taskFunctionId": task, "jobTypeId": 1, "scheduleConfig": {"seconds": _FAR}}
    documents = [JobDocument.model_validate({"name": f"Job {number:05}", **rule}) for number in range(count)]
    runtime.services.jobs.create_many(documents, SYSTEM)
    runtime.executor.stop()
    runtime.database.close()


def main(
    url: Annotated[str, typer.Argument(help="An empty database: sqlite:///file or postgresql://...")],
    jobs: Annotated[int, typer.Option(min=1)] = 10_000,
    executions: Annotated[int, typer.Option(min=0)] = 10_000_000,
    days: Annotated[float, typer.Option(help="Over which the executions are spread, until now.")] = 90,
    lines: Annotated[int, typer.Option(help="One execution of so many has a log line; 0: none.")] = 10,
) -> None:
    """Make jobs and a history for them."""
    began = time.monotonic()
    create_jobs(url, jobs)
    with closing(Database(url)) as database:
        for done in fill(database, executions, days, lines) if executions else ():
            rate = done / (time.monotonic() - began)
            print(f"{done:,} of {executions:,}, {rate:,.0f} a second", flush=True)


if __name__ == "__main__":
    typer.run(main)
