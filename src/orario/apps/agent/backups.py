"""Copies the whole database while jobs fire, and deletes copies that are too old."""

from datetime import timedelta
from typing import Any

from orario import Context
from orario.apps.agent.desk import desk


def backup_data(context: Context) -> dict[str, Any]:
    """Make a checked copy with a checksum in ORARIO_AGENT_BACKUP_FOLDER; delete those past the retention."""
    copies, folder = context.services.copies, desk.settings.orario_agent_backup_folder

    def tell(done: int, total: int) -> None:
        context.progress.expect(total)
        context.progress.advance(max(done - context.progress.processed, 0))

    # Named after the run: an attempt that is made again does not leave two.
    name = f"agent-{context.scheduled_for:%Y%m%d-%H%M%S}-{context.execution_id.hex[-6:]}"
    made = next(
        (one for one in copies.list(folder) if one.path.name.startswith(f"{name}.") and one.is_verified), None
    )
    if made is None:
        made = copies.make(folder, name=name, on_progress=tell)
    context.info("backup made", file=made.path.name, size_bytes=made.size_bytes, sha256=made.sha256)
    removed = _prune(context, made.path.name)
    return {
        "file": str(made.path),
        "sizeBytes": made.size_bytes,
        "sha256": made.sha256,
        "removed": removed,
        "kept": len(copies.list(folder)),
    }


def _prune(context: Context, newest: str) -> int:
    """Away with the agent's copies that are too old, never with the one just made; other people's are not ours."""
    days = desk.settings.cron_backup_retention_days
    before = context.services.tools.clock.now() - timedelta(days=days)
    removed = 0
    for one in context.services.copies.list(desk.settings.orario_agent_backup_folder):
        if one.made_at < before and one.path.name.startswith("agent-") and one.path.name != newest:
            one.path.unlink(missing_ok=True)
            one.path.with_name(f"{one.path.name}.sha256").unlink(missing_ok=True)
            context.info("old backup removed", file=one.path.name, made_at=one.made_at.isoformat(), days=days)
            removed += 1
    return removed
