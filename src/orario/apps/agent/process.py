"""Measures this process and the machine that it runs on."""

import time
from dataclasses import dataclass

import psutil

_STARTED = time.monotonic()
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Memory:
    """Bytes: those that are the process's alone, and all that it holds in the machine's memory."""

    used: int
    total: int


@dataclass(frozen=True)
class Load:
    """How hard things work just now."""

    memory_mb: float
    cpu_percent: float  # of the machine, all cores


def uptime() -> int:
    """Seconds since the app was loaded."""
    return int(time.monotonic() - _STARTED)


def memory() -> Memory:
    process = psutil.Process()
    total = process.memory_info().rss
    try:
        used = process.memory_full_info().uss
    except psutil.Error:  # where the system does not tell
        used = total
    return Memory(min(used, total), total)


def cpu_microseconds() -> tuple[int, int]:
    """What the process has used so far, for itself and in the system."""
    times = psutil.Process().cpu_times()
    return round(times.user * 1_000_000), round(times.system * 1_000_000)


def load(seconds: float) -> Load:
    """Measured over so many seconds."""
    cpu = psutil.cpu_percent(interval=seconds)
    return Load(round(psutil.Process().memory_info().rss / _MIB, 1), cpu)
