"""Keeps what tests write in memory where there is room: a disk has more work with their databases than they have."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

_SHARED_MEMORY = Path("/dev/shm")
_ROOM = 4 * 1024**3  # bytes; a run of all tests takes less than one
_NAME = re.compile(r"orario-tests-(\d+)-\w+")


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """Around the run as a whole; its workers are processes of their own that find the folder in their environment."""
    if config.option.help or "PYTEST_XDIST_WORKER" in os.environ or not _has_room():
        return (yield)
    _forget_what_was_killed()
    with tempfile.TemporaryDirectory(
        prefix=f"orario-tests-{os.getpid()}-", dir=_SHARED_MEMORY, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o755)  # servers that refuse to be root have folders of their own in it
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", folder)
            patch.setattr(tempfile, "tempdir", None)  # it is looked up once
            return (yield)


def _has_room() -> bool:
    if not os.access(_SHARED_MEMORY, os.W_OK):
        return False
    return min(shutil.disk_usage(_SHARED_MEMORY).free, psutil.virtual_memory().available) > _ROOM


def _forget_what_was_killed() -> None:
    for folder in _SHARED_MEMORY.iterdir():
        if (found := _NAME.fullmatch(folder.name)) and not psutil.pid_exists(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)
