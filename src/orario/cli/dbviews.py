"""How the database looks at a terminal: its size, what was removed from it, its copies."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from orario.cli import cells, show
from orario.cli.show import Column, Row
from orario.service.retention import Removed
from orario.store.sizes import Room, TableSize

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def amount(size: float | None) -> str:
    """Bytes as people read them: "1.4 GiB"."""
    if size is None:
        return "unknown"
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


_TABLES = (
    Column("TABLE", cells.field("name")),
    Column("ROWS", lambda row: f"{row['rows']:,}", is_number=True),
    Column("SIZE", lambda row: amount(row["bytes"]), is_number=True),
)


def size_document(room: Room, tables: Sequence[TableSize], growth: int | None) -> dict[str, Any]:
    """What `orario db size --json` prints."""
    rows = [asdict(one) for one in sorted(tables, key=lambda one: -(one.bytes or 0))]
    return {
        "total": room.total,
        "file": room.file,
        "writeAheadLog": room.wal,
        "free": room.free,
        "growthPerDay": growth,
        "tables": rows,
    }


def show_size(document: Row) -> None:
    show.details(
        [
            ("Total", amount(document["total"])),
            ("File", amount(document["file"])),
            (
                "Its log",
                amount(document["writeAheadLog"]) + " not yet in the file" if document["writeAheadLog"] else None,
            ),
            ("Free in it", amount(document["free"]) if document["free"] else None),
            ("Grows by", None if document["growthPerDay"] is None else f"{amount(document['growthPerDay'])} a day"),
        ]
    )
    print()
    show.table(_TABLES, document["tables"], empty="No tables.")


def show_removed(removed: Removed) -> None:
    parts = [f"{count:,} {what.replace('_', ' ')}" for what, count in asdict(removed).items() if count]
    show.line(f"Removed {', '.join(parts)}." if parts else "There was nothing to remove.")
