"""Which backups are this job's, what a new one is called, and which are too many."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_OURS = re.compile(r"orario-backup-\d{8}-\d{6}(-\d+)?\.(db|db\.gz|dump)")


def is_ours(filename: str) -> bool:
    """Whether the job has made it; what somebody put there by hand is left alone."""
    return _OURS.fullmatch(filename) is not None


def name_of(now: datetime, folder: Path) -> str:
    """`orario-backup-20300131-030000`, with a number behind it when there is one of this second."""
    base, number = f"orario-backup-{now:%Y%m%d-%H%M%S}", 1
    while any(folder.glob(f"{base if number == 1 else f'{base}-{number}'}.*")):
        number += 1
    return base if number == 1 else f"{base}-{number}"


def surplus(copies: Sequence[Any], most: int, age: timedelta | None, now: datetime) -> list[Any]:
    """Those to be deleted, given all of them, the newest first; the newest is always kept."""
    too_many = copies[most:] if most else []
    too_old = [one for one in copies[1:] if age is not None and now - one.made_at > age]
    return [one for one in copies if one in too_many or one in too_old]
