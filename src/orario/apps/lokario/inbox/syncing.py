"""Brings one mailbox up to date: what is new since the last time is fetched, read and kept, piece by piece."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from typing import Any

from orario import Cancelled
from orario.apps.lokario.inbox.imap import Address, Line, Listed, opened
from orario.apps.lokario.inbox.integrations import Integration, Position, move
from orario.apps.lokario.inbox.keeping import Kept, Overtaken, Received, keep
from orario.apps.lokario.inbox.parsing import read

_AT_ONCE = 100  # messages: a transaction of these holds up other writers for some milliseconds
_BYTES = 8 * 1024 * 1024  # held in memory for one mailbox, but for a single large message
_BEGINNING = 256 * 1024  # of a message that is too large


@dataclass
class Means:
    """What a run works with."""

    database: Any
    clock: Any
    timeout: float
    largest: int
    foresee: Callable[[int], object] = lambda count: None
    advance: Callable[[int], object] = lambda count: None
    _over: Event = field(default_factory=Event)
    _open: set[Line] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def stop(self) -> None:
        """End every reading at once, also where a server is silent."""
        with self._lock:
            self._over.set()
            for line in self._open:
                line.cut()

    def check(self) -> None:
        if self._over.is_set():
            raise Cancelled

    @contextmanager
    def reading(self, address: Address) -> Iterator[Line]:
        with opened(address, self.timeout) as line:
            with self._lock:
                self._open.add(line)
            try:
                self.check()
                yield line
            finally:
                with self._lock:
                    self._open.discard(line)


def sync(integration: Integration, address: Address, means: Means) -> Kept:
    """Keep what is new. Raises InboxFailed, Overtaken, or Cancelled; what was kept by then stays."""
    with means.reading(address) as line:
        position = _begun(integration, line, means)
        uids = line.newer(position.last_uid)
        means.foresee(len(uids))
        kept = Kept()
        for at in range(0, len(uids), _AT_ONCE):
            for piece in pieces(line.list(uids[at : at + _AT_ONCE])):
                means.check()
                position, more = _kept(integration, line, piece, position, means)
                kept += more
        return kept


def _begun(integration: Integration, line: Line, means: Means) -> Position:
    """Where to go on. A folder whose UIDs are new, or have gone back, is read from its start once more."""
    before, folder = integration.position, line.folder
    has_gone_back = folder.uid_next is not None and folder.uid_next <= before.last_uid
    if before.uid_validity == folder.uid_validity and not has_gone_back:
        return before
    is_first = before.uid_validity is None and before.last_uid == 0
    after = Position(before.generation if is_first else before.generation + 1, folder.uid_validity)
    with means.database.writing() as connection:
        if not move(connection, integration.id, before, after):
            raise Overtaken
    return after


def pieces(listed: Sequence[Listed], limit: int = _BYTES) -> Iterator[list[Listed]]:
    """As many messages at a time as fit into memory; one that does not comes alone."""
    piece: list[Listed] = []
    size = 0
    for one in listed:
        if piece and size + one.size > limit:
            yield piece
            piece, size = [], 0
        piece.append(one)
        size += one.size
    if piece:
        yield piece


def _kept(
    integration: Integration, line: Line, piece: Sequence[Listed], before: Position, means: Means
) -> tuple[Position, Kept]:
    received = _received(line, piece, means.largest)
    after = replace(before, last_uid=piece[-1].uid)
    with means.database.writing(lazily=True) as connection:
        kept = keep(connection, integration.id, before, after, received, means.clock.now())
    means.advance(len(piece))
    return after, kept


def _received(line: Line, piece: Sequence[Listed], largest: int) -> list[Received]:
    """The messages, read; what was deleted since they were listed is not among them."""
    small = [one.uid for one in piece if one.size <= largest]
    large = [one.uid for one in piece if one.size > largest]
    content = {**line.read(small), **line.read(large, _BEGINNING)}
    return [
        Received(one.uid, one.received_at, read(content[one.uid], one.size if one.uid in large else None))
        for one in piece
        if one.uid in content
    ]
