"""On what the figures were taken: they mean nothing without it."""

import os
import platform
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

_PACKAGES = ("orario", "apscheduler", "huey", "sqlalchemy")
_COMMITS = 100


def machine() -> dict[str, str]:
    """Processor, memory, versions, how busy it was; nothing that names the machine."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{os.cpu_count()} x {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "versions": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        "disk": f"{_commit():.1f} ms for SQLite to commit one row (WAL, synchronous=FULL), median of {_COMMITS}",
        "load": f"{os.getloadavg()[0]:.1f} before the run",
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> float:
    """Milliseconds; other people's writing on the same disk shows here first."""
    with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder:
        connection = sqlite3.connect(f"{folder}/one.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE t (x)")
        taken = []
        for number in range(_COMMITS):
            began = time.perf_counter()
            connection.execute("INSERT INTO t VALUES (?)", (number,))
            taken.append((time.perf_counter() - began) * 1000)
        connection.close()
    return median(taken)
