"""Figures of the machine and of this process."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import psutil

from orario.apps.ops.words import megabytes

_GLANCE = 0.1  # seconds over which the processor is watched


def figures(folder: Path) -> dict[str, Any]:
    """How busy and how full the machine is; the disk is that of `folder`."""
    memory, process = psutil.virtual_memory(), psutil.Process()
    there = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    disk = shutil.disk_usage(there)
    return {
        "cpu_percent": psutil.cpu_percent(_GLANCE),
        "cpu_count": os.cpu_count() or 1,
        "load_average": [round(one, 2) for one in psutil.getloadavg()],
        "memory_percent": memory.percent,
        "memory_used_mb": megabytes(memory.total - memory.available),
        "memory_total_mb": megabytes(memory.total),
        "disk_percent": round(100 * disk.used / disk.total, 1),
        "disk_free_mb": megabytes(disk.free),
        "disk_total_mb": megabytes(disk.total),
        "machine_uptime_seconds": round(time.time() - psutil.boot_time()),
        "process_memory_mb": megabytes(process.memory_info().rss),
        "process_threads": process.num_threads(),
    }
