"""On what the figures were taken: they mean nothing without it."""

import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil
import psycopg

_PACKAGES = {
    "sqlite": ("orario", "apscheduler", "huey", "sqlalchemy"),
    "postgresql": ("orario", "apscheduler", "procrastinate", "dbos", "sqlalchemy", "psycopg"),
}
_COMMITS = 100
_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "shared_buffers")


def machine(server: str | None) -> dict[str, str]:
    """Processor, memory, versions, how busy it was; nothing that names the machine. Of PostgreSQL, if it is used."""
    packages = _PACKAGES["postgresql" if server else "sqlite"]
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{os.cpu_count()} x {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **(_postgresql(server) if server else _sqlite()),
        "versions": ", ".join(f"{name} {version(name)}" for name in packages),
        "load": f"{os.getloadavg()[0]:.1f} before the run",
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _sqlite() -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder:
        connection = sqlite3.connect(f"{folder}/one.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE t (x)")
        took = _commit(lambda: connection.execute("INSERT INTO t VALUES (1)"))
        connection.close()
    disk = f"{took:.1f} ms for SQLite to commit one row (WAL, synchronous=FULL), median of {_COMMITS}"
    return {"sqlite": sqlite3.sqlite_version, "disk": disk}


def _postgresql(server: str) -> dict[str, str]:
    with psycopg.connect(server, autocommit=True) as connection:
        number = connection.info.server_version
        read = {name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in _SETTINGS}
        connection.execute("CREATE TABLE t (x int)")
        took = _commit(lambda: connection.execute("INSERT INTO t VALUES (1)"))
        connection.execute("DROP TABLE t")
    settings = ", ".join(f"{name}={value[0]}" for name, value in read.items() if value)
    return {
        "postgresql": f"{number // 10_000}.{number % 10_000} on this machine, through a socket ({settings})",
        "disk": f"{took:.1f} ms for PostgreSQL to commit one row, median of {_COMMITS}",
    }


def _commit(insert: Callable[[], object]) -> float:
    """Milliseconds; other people's writing on the same disk shows here first."""
    taken = []
    for _ in range(_COMMITS):
        began = time.perf_counter()
        insert()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)
