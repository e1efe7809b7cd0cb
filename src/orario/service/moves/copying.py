"""Copies a file to PostgreSQL while jobs fire: page by page, and again what has changed since."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from orario.core.errors import Conflict
from orario.service.moves.steps import Moved, Step
from orario.store.database import Database
from orario.store.moves import indexes, source, target
from orario.store.moves.source import Source
from orario.store.moves.target import Place

_PAGE = 5_000  # rows at a time: of the longest log lines, 160 MB
_FEW = 2_000  # changes: so many are copied in a moment
_ROUNDS = 10  # of catching up; whoever writes faster than we copy is held anyway


@dataclass(frozen=True)
class Copying:
    """Every step begins where it was left, whenever that was."""

    file: Database
    server: Database
    tables: Sequence[Source]
    moved: Moved

    def copy(self) -> Iterator[Step]:
        """All rows, in the order of their entry; meanwhile the file writes down which ones change."""
        with self.file.reading() as connection:
            counts = {table.name: source.count(connection, table) for table in self.tables}
        total, done, began = sum(counts.values()), 0, time.monotonic()
        for table in sorted(self.tables, key=lambda one: counts[one.name]):
            for rows in self._pages(table):
                done += rows
                yield Step(f"copying {table.name}", done, max(total, done))
        self.moved.copied, self.moved.copying_seconds = done, time.monotonic() - began

    def _pages(self, table: Source) -> Iterator[int]:
        """Page after page; the next one is read while one is written."""
        with self.server.reading() as connection:
            place = target.place(connection, table)
        if place.is_done or not table.is_followed:
            return
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(self._page, table, place.at)
            while not place.is_done:
                rows, after = coming.result()
                place = Place(after, after is None)
                if not place.is_done:
                    coming = reader.submit(self._page, table, after)
                with self.server.writing(lazily=True) as connection:
                    target.take_page(connection, table, rows, place)
                yield len(rows)

    def _page(self, table: Source, after: int | None) -> tuple[list[Any], int | None]:
        with self.file.reading() as connection:
            return source.page(connection, table, after, _PAGE)

    def catch_up(self) -> Iterator[Step]:
        """Round after round, until few changes are left."""
        for _ in range(_ROUNDS):
            changes = self.round()
            yield Step(f"catching up, {changes:,} changes")
            if changes < _FEW:
                return

    def round(self) -> int:
        """Bring over all that has changed since the last round, as of one moment; how many changes it were."""
        with self.file.reading() as file, self.server.writing() as server:
            after, until = target.applied(server), source.last_change(file)
            places = source.places(file, after, until)
            for table in self.tables:
                if table.name in places:
                    keys = source.changed(file, table, after, until)
                    target.replace(server, table, keys, source.present(file, table, after, until))
            target.note_applied(server, until)
        return until - after

    def index(self) -> Iterator[Step]:
        """Make the indexes, which would have slowed the copying down."""
        with self.server.reading() as connection:
            kept = indexes.kept(connection, references=False)
        for at, (id, name) in enumerate(kept):
            yield Step(f"indexing, {name}", at, len(kept) + 1)
            with self.server.writing() as connection:
                indexes.make(connection, id)
        yield Step("gathering statistics", len(kept), len(kept) + 1)
        with self.server.writing() as connection:
            connection.exec_driver_sql("ANALYZE")

    def finish(self) -> None:
        """Bring over the rest of a file that nobody changes any more, and let ids go on where they were."""
        self.round()
        with self.file.reading() as file, self.server.writing() as server:
            for table in self.tables:
                if not table.is_followed:
                    target.replace_all(server, table, source.everything(file, table))
            target.count_on(server, self.tables, source.counted_up(file))
            for id, _ in indexes.kept(server, references=True):
                indexes.make(server, id)


def to_move(file: Connection, server: Connection) -> Iterator[Source]:
    """The tables with something to move. Raises Conflict for rows that would have no place to go to."""
    found = source.tables(file)
    lacking = {table.name: columns for table, columns in target.missing(server, found)}
    for table in found:
        if table.name in lacking and source.count(file, table):
            raise Conflict(
                f"nobody here makes the column {lacking[table.name][0]} of the table {table.name}, in which there "
                "are rows: name every app of its servers in ORARIO_APPS, and use their release"
            )
        if table.name not in lacking and not source.is_version(table.name):
            yield table
