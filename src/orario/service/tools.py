"""What every service works with, and the one way in which each of them changes something."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.core.task import Task
from orario.service.actors import Actor
from orario.service.arguments import Arguments
from orario.service.defining import Definer
from orario.service.memory import Memory
from orario.settings import Settings
from orario.store import audit, cursors
from orario.store.audit import AuditRow
from orario.store.database import Database
from orario.store.vault import Vault
from orario.store.wake import Topic, Wake


@dataclass
class Change:
    """One transaction that somebody asked for."""

    connection: Connection
    clock: Clock
    actor: Actor
    topics: list[Topic] = field(default_factory=list)
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.clock.now()

    def hold(self, *job_ids: UUID) -> None:
        """Hold these jobs' cursors before anything is read or reckoned: a tick may have to be waited for, and what
        it opens lies before `now` only if the clock is read after it. Jobs come after cursors, as in a tick, or the
        two wait for each other."""
        cursors.hold(self.connection, job_ids)
        self.now = self.clock.now()

    def ring(self, *topics: Topic) -> None:
        """Say, once this is committed, that there is news."""
        self.topics.extend(topics)

    def record(
        self,
        action: str,
        subject: str,
        subject_id: object,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Leave an audit row; secrets must be masked already."""
        audit.record(
            self.connection,
            AuditRow(
                at=self.now,
                actor=self.actor.name,
                action=action,
                subject=subject,
                subject_id=str(subject_id),
                before=before,
                after=after,
            ),
        )


@dataclass(frozen=True)
class Tools:
    """Given to every service once, by `Services.build`. `catalog` fills up when the apps are declared."""

    database: Database
    catalog: Mapping[str, Task]
    clock: Clock
    wake: Wake
    settings: Settings
    vault: Vault

    @cached_property
    def arguments(self) -> Arguments:
        return Arguments(self.vault, self.settings.max_args_bytes)

    @cached_property
    def definer(self) -> Definer:
        return Definer(self.arguments, self.settings.timezone)

    @cached_property
    def memory(self) -> Memory:
        return Memory(self.database.dialect == "sqlite")

    @contextmanager
    def changing(self, actor: Actor, *topics: Topic) -> Iterator[Change]:
        """A transaction; `topics` and whatever is added to them ring after its commit."""
        with self.database.writing() as connection:
            change = Change(connection, self.clock, actor, list(topics))
            yield change
        if change.topics:
            self.wake.ring(*dict.fromkeys(change.topics))
