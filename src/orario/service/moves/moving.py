"""The way of a move: follow, copy, hold, close, check, end. Stopped anywhere, it goes on from there."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import Connection, inspect

from orario.core.clock import Clock
from orario.core.errors import Conflict
from orario.service.moves.checking import Checking
from orario.service.moves.copying import Copying, to_move
from orario.service.moves.steps import Moved, Step
from orario.store import audit, instances
from orario.store.audit import AuditRow
from orario.store.columns import to_micros
from orario.store.database import Database
from orario.store.migrating import newest, version
from orario.store.moves import marks, quiet, source, target
from orario.store.moves.marks import Mark, Stage

_LOOK_AGAIN = 0.1


@dataclass
class Moving:
    """`prepare` makes the tables in the target, those of apps too; `wait`: for what runs to end, in seconds."""

    file: Database
    server: Database
    clock: Clock
    prepare: Callable[[], None]
    wait: float
    patience: float  # seconds after which an instance that does not beat is dead
    moved: Moved = field(default_factory=Moved)

    @property
    def address(self) -> str:
        """Where it goes, without a password."""
        return self.server.url.replace("+psycopg", "", 1)

    def run(self) -> Iterator[Step]:
        """Take every step that has not been taken; raises Conflict where it cannot go on."""
        mark = self._begin()
        if mark is None:
            return
        copying = self._make_ready(mark)
        checking = Checking(self.file, self.server, self.clock, self.moved)
        if mark.stage is Stage.COPYING:
            yield from copying.copy()
            yield from copying.catch_up()  # to be of one moment, which the indexes ask for
            yield from copying.index()
            yield from self._or_back(checking.verify())
            yield from copying.catch_up()
        began = time.monotonic()
        yield from self._hold(mark, copying)
        self._close(mark)
        yield Step("copying the last changes")
        copying.finish()
        yield from self._or_back(checking.count(copying.tables))
        yield from self._or_back(checking.verify())
        self._end(mark)
        self.moved.still_seconds = time.monotonic() - began

    def _begin(self) -> Mark | None:
        """The move to make; None: it was made before, and only the last word was missing."""
        with self.file.reading() as connection:
            mark = marks.read(connection)
            _require_present(version(connection))
        if mark is not None and (mark.target != self.address or mark.stage is Stage.DONE):
            raise Conflict(marks.sentence(mark))
        with self.server.reading() as connection:
            under_way = target.move_under_way(connection)
            if under_way is None and mark is not None and _has_arrived(connection, mark):
                self._enter(mark, Stage.DONE)
                return None
            if under_way is None:
                target.require_empty(connection)
                if mark is not None and mark.stage is not Stage.COPYING:
                    raise Conflict("what was copied is gone from the database: take the move back, and begin again")
            elif mark is None or under_way != mark.id:
                raise Conflict("another move has begun to fill this database; give it a fresh one")
        return mark or Mark(str(uuid4()), self.address, Stage.COPYING, self.clock.now())

    def _make_ready(self, mark: Mark) -> Copying:
        """Make the tables there, and let the file write down from now on what changes."""
        self.prepare()
        with self.file.reading() as file, self.server.reading() as server:
            tables = list(to_move(file, server))
        if mark.stage is Stage.COPYING:
            self._enter(mark, mark.stage, lambda one: source.follow(one, source.tables(one)))
        with self.server.writing() as server:
            if target.move_under_way(server) is None:
                target.begin(server, mark.id, str(self.file.path))
        return Copying(self.file, self.server, tables, self.moved)

    def _hold(self, mark: Mark, copying: Copying) -> Iterator[Step]:
        """Let nothing new start, and wait for the end of what runs."""
        if mark.stage is Stage.CLOSED:
            return
        if mark.stage is Stage.COPYING:
            self._enter(mark, Stage.HELD, lambda one: source.hold(one, mark.id, to_micros(self.clock.now())))
        watch, began, running = quiet.Watch(self.patience), time.monotonic(), 0
        while (waited := time.monotonic() - began) < self.wait:
            with self.file.reading() as connection:
                running = watch.look(connection, time.monotonic())
            if watch.is_over(running):
                return
            yield Step(f"waiting for {running} attempts to end", int(waited), int(self.wait))
            if not copying.round():
                time.sleep(_LOOK_AGAIN)
        self.moved.cut_off = running

    def _close(self, mark: Mark) -> None:
        reason = f"this Orario has moved to {mark.target}"
        self._enter(mark, Stage.CLOSED, lambda one: source.close(one, source.tables(one), reason))

    def _or_back(self, steps: Iterator[Step]) -> Iterator[Step]:
        """Take these steps; where they raise Conflict, the file goes on: nobody has started on the other side."""
        try:
            yield from steps
        except Conflict as error:
            self.take_back()
            raise Conflict(f"{error.message}; the file is its servers' again, start them") from error

    def _end(self, mark: Mark) -> None:
        now = self.clock.now()
        after = {"from": str(self.file.path), "rows": sum(self.moved.rows.values())}
        row = AuditRow(
            at=now, actor=None, action="database.move", subject="database", subject_id=mark.id, after=after
        )
        with self.server.writing() as connection:
            for one in instances.living(connection):
                instances.leave(connection, one.id, now)
            audit.record(connection, row)
            target.end(connection)
        self._enter(mark, Stage.DONE)

    def _enter(self, mark: Mark, stage: Stage, act: Callable[[Connection], None] = lambda _: None) -> None:
        with self.file.writing() as connection:
            act(connection)
            marks.write(connection, Mark(mark.id, mark.target, stage, self.clock.now()))

    def take_back(self) -> None:
        """Give the file back to its servers. Raises Conflict when there is nothing to take back, or not any more."""
        with self.file.writing() as connection:
            mark = marks.read(connection)
            if mark is None:
                raise Conflict("this Orario is not on its way anywhere")
            if mark.stage is Stage.DONE:
                raise Conflict(marks.sentence(mark))
            source.forget(connection)


def _has_arrived(connection: Connection, mark: Mark) -> bool:
    return inspect(connection).has_table("audit") and audit.find(connection, mark.id, 1, 0)[1] > 0


def _require_present(schema: str | None) -> None:
    if schema != newest():
        raise Conflict(
            f"the file has schema {schema}, and this Orario moves {newest()}: restart its servers with this release, "
            "or do `orario db migrate`"
        )
