"""The task `database_backup`."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orario import Context
from orario.apps.ops.backups.keeping import is_ours, name_of, surplus
from orario.apps.ops.desk import desk
from orario.apps.ops.words import megabytes

_WHOLE = 100  # of each of the two steps, copying and checking


def database_backup(context: Context) -> dict[str, Any]:
    """Copy the database while it is used: packed, verified by opening it, with a checksum; then delete old copies."""
    services, folder = context.services, desk.backups
    now: datetime = services.tools.clock.now()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the copies hold all that the database does
    meter = Meter(context)
    made = services.copies.make(folder, name=name_of(now, folder), compress=True, on_progress=meter.tell)
    made.path.chmod(0o600)
    verified = services.copies.verify(made.path)
    meter.end()
    context.info(f"written: {made.path.name}", bytes=made.size_bytes, sha256=made.sha256)
    removed = remove_old(context, now)
    return {
        "filename": made.path.name,
        "path": str(made.path),
        "size_bytes": made.size_bytes,
        "size_mb": megabytes(made.size_bytes),
        "sha256": verified.sha256,
        "is_verified": verified.is_verified,
        "removed": removed,
        "records_processed": 1,
    }


def remove_old(context: Context, now: datetime) -> list[str]:
    """Delete what the settings do not keep, of the backups that this job has made; their names."""
    settings = desk.settings
    ours = [one for one in context.services.copies.list(desk.backups) if is_ours(one.path.name)]
    age = timedelta(days=settings.backup_keep_days) if settings.backup_keep_days else None
    names = []
    for one in surplus(ours, settings.backup_keep, age, now):
        delete(one.path)
        names.append(one.path.name)
        context.info(f"deleted: {one.path.name}")
    return names


def delete(path: Path) -> None:
    """A backup and its checksum."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.sha256").unlink(missing_ok=True)


class Meter:
    """Tells how far the copying is, in hundredths; it comes in steps that each count anew, in units of their own."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._steps = self._told = 0
        self._last = -1
        context.progress.expect(_WHOLE)

    def tell(self, done: int, total: int) -> None:
        """Raises Cancelled when the job was told to stop, which ends the copying."""
        self._steps += done < self._last
        self._last = done
        share = min(done / total, 1.0) if total else 0.0
        # Copying takes the first half; what follows, the rest.
        reached = int(_WHOLE * (share / 2 if not self._steps else 0.5 + share / 2.1))
        self._move(min(reached, _WHOLE - 1))

    def end(self) -> None:
        self._move(_WHOLE)

    def _move(self, to: int) -> None:
        self._context.check()
        if to > self._told:
            self._context.progress.advance(to - self._told)
            self._told = to
