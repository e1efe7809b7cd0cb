"""The sync, in steps: see who is there, decide, read what has changed, disable who is gone."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from orario import Context
from orario.apps.directory import storing
from orario.apps.directory.deciding import Plan, Seen, TooManyGone, check_gone, plan
from orario.apps.directory.entries import Entry, dn_key, in_filter, moment_of
from orario.apps.directory.server import Directory
from orario.apps.directory.storing import AT_ONCE, Writer
from orario.apps.directory.subjects import Found, Subject, Unfit, each, stamp_of

_FEW = 0.2  # of all entries: so many are asked for by key, more are quicker read page by page
_KEYS_AT_ONCE = 100
_SECONDS = re.compile(r"\d{14}(\.0+)?Z")  # stamps no finer than that
_SETTLED = timedelta(seconds=5)
_MOST_COMPLAINTS = 50


@dataclass
class Sync:
    """One run for one subject. Each page is a transaction: what is written stays, and the next run goes on."""

    context: Context
    directory: Directory
    subject: Subject
    full: bool = False
    is_dry: bool = False
    allow_mass_disable: bool = False
    figures: Counter[str] = field(default_factory=Counter)

    def run(self) -> dict[str, Any]:
        """Raises DirectoryAway, or TooManyGone before anything is written."""
        present = self._present()
        with self._database.reading() as connection:
            known = storing.known(connection, self.subject)
            active = storing.active(connection, self.subject)
        todo = plan(known, present, full=self.full)
        self._judge(todo, active)
        self.context.progress.expect(len(todo.read) + len(todo.gone))
        self._read(todo)
        self._disable(todo.gone)
        return self._result(todo)

    @property
    def _database(self) -> Any:
        return self.context.services.database

    @property
    def _writer(self) -> Writer:
        now = self.context.services.tools.clock.now()
        return Writer(self.subject, self.context.execution_id, now, self.is_dry)

    @property
    def _filter(self) -> str:
        return self.subject.filter(self.directory.settings, self.directory.flavour)

    def _pages(self, filter: str, attributes: Sequence[str]) -> Iterator[list[Entry]]:
        base = self.subject.base(self.directory.settings)
        for page in self.directory.pages(base, filter, attributes):
            self.context.check()
            yield page

    def _present(self) -> dict[str, Seen]:
        """The key, the stamp and the name of every entry: little, so that all can be asked for, each time."""
        flavour, stamp = self.directory.flavour, stamp_of(self.directory.settings, self.directory.flavour)
        found: dict[str, Seen] = {}
        for page in self._pages(self._filter, [flavour.key, *each(stamp)]):
            keyed = ((one.key(flavour.key), one) for one in page)
            found |= {key: Seen(one.text(stamp), dn_key(one.dn)) for key, one in keyed if key is not None}
        self.context.info(f"the directory has {len(found):,} {self.subject.what}s", server=self.directory.url)
        return found

    def _judge(self, todo: Plan, active: int) -> None:
        share, free = self.directory.settings.max_gone_share, self.directory.settings.max_gone_free
        try:
            check_gone(self.subject.what, len(todo.gone), active, share=share, free=free)
        except TooManyGone as why:
            if not (self.allow_mass_disable or self.is_dry):
                raise
            self.context.warn(why.message if self.is_dry else "many are gone at once, as this run was told to allow")

    def _read(self, todo: Plan) -> None:
        left = set(todo.read)  # an entry that moves while it is read may come twice
        for page in self._changed(todo):
            found = [one for one in self._found(page) if one.key in left]
            left -= {one.key for one in found}
            for start in range(0, len(found), AT_ONCE):
                self._write(found[start : start + AT_ONCE])

    def _changed(self, todo: Plan) -> Iterator[list[Entry]]:
        flavour, settings = self.directory.flavour, self.directory.settings
        attributes = self.subject.attributes(settings, flavour)
        if len(todo.read) > max(_KEYS_AT_ONCE, _FEW * todo.present):
            yield from self._pages(self._filter, attributes)
            return
        keys = sorted(todo.read)
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            which = "".join(
                f"({flavour.key}={in_filter(one, flavour.key)})" for one in keys[start : start + _KEYS_AT_ONCE]
            )
            yield from self._pages(f"(&{self._filter}(|{which}))", attributes)

    def _found(self, page: Sequence[Entry]) -> Iterator[Found]:
        for entry in page:
            try:
                yield self._trusted(self.subject.read(entry, self.directory.settings, self.directory.flavour))
            except Unfit as why:
                self.figures["failed"] += 1
                self.context.progress.fail()
                self.context.progress.advance()
                if self.figures["failed"] <= _MOST_COMPLAINTS:
                    self.context.warn(f"a {self.subject.what} was left out: {why}", dn=entry.dn)

    def _trusted(self, found: Found) -> Found:
        """An entry edited in this very second may be edited once more in it: then it is read again next time."""
        stamp = found.values["stamp"]
        if stamp is None or not _SECONDS.fullmatch(stamp):
            return found
        at = moment_of(stamp)
        if at is not None and at < self.context.services.tools.clock.now() - _SETTLED:
            return found
        return replace(found, values={**found.values, "stamp": None})

    def _write(self, found: Sequence[Found]) -> None:
        if self.is_dry:
            with self._database.reading() as connection:
                self.figures += self._writer.bring_in_step(connection, found)
        else:
            with self._database.writing() as connection:
                self.figures += self._writer.bring_in_step(connection, found)
        self.context.progress.advance(len(found))

    def _disable(self, gone: Sequence[str]) -> None:
        for start in range(0, len(gone), AT_ONCE):
            keys = gone[start : start + AT_ONCE]
            with self._database.writing() as connection:
                self._writer.disable(connection, keys)
            self.figures["disabled"] += len(keys)
            self.context.progress.advance(len(keys))

    def _result(self, todo: Plan) -> dict[str, Any]:
        done = {one: self.figures[one] for one in ("created", "updated", "enabled", "disabled")}
        changed = sum(done.values()) + self.figures["failed"] - len(todo.gone)  # of those that are there
        figures = {
            "synced_count": todo.present - self.figures["failed"],
            **done,
            "unchanged": max(todo.present - changed, 0),
            "failed": self.figures["failed"],
            "read": len(todo.read),
            "mode": "full" if self.full else "incremental",
            "dry_run": self.is_dry,
        }
        self.context.info("would be in step" if self.is_dry else "in step", **figures)
        return figures
