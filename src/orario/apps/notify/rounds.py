"""What is found by looking, about once a second: late, slow, large; and what was held and may go out now."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from orario import Execution, Job, Ledger, Round
from orario.apps.notify import notices, wording
from orario.apps.notify.composing import length
from orario.apps.notify.desk import Desk
from orario.apps.notify.news import News
from orario.apps.notify.outbox import Outbox
from orario.apps.notify.releasing import release
from orario.apps.notify.rules import Rule, Rulebook
from orario.apps.notify.size import Size, Sustained, Threshold, measured
from orario.apps.notify.slowness import REMEMBERED, usual, usual_limit
from orario.apps.notify.words import Kind

OWN = "notify"
_SHARE = 20  # looking takes a twentieth of the time at most
_LONGEST_PAUSE = timedelta(minutes=1)  # more: the clock was set
_LIMITS_AT_ONCE = 50  # histories read in one look
_LIMIT_HOLDS = timedelta(minutes=1)
_PRUNE_EVERY = timedelta(hours=1)
_PRUNED_AT_ONCE = 2000


@dataclass(frozen=True)
class Usual:
    """How long a job usually takes, as of a moment."""

    at: datetime
    limit: float | None
    median: float = 0.0


@dataclass
class Rounds:
    """The looks of one instance. What it remembers saves looking: notices have keys, so that none is told twice."""

    desk: Desk
    measure: Callable[[], Size] = field(default_factory=measured)
    _told: dict[Kind, set[UUID]] = field(default_factory=dict)
    _usual: dict[UUID, Usual] = field(default_factory=dict)
    _next_look: datetime | None = None
    _next_prune: datetime | None = None
    _memory: dict[str, Threshold] = field(default_factory=dict)
    _cpu: dict[str, Threshold] = field(default_factory=dict)
    _busy: Sustained = field(default_factory=Sustained)
    _read: int = 0  # histories, in this look

    def look(self, ledger: Ledger, book: Rulebook, outbox: Outbox, event: Round) -> None:
        """One round. Every instance looks at itself, the leader at the rest."""
        self._look_at_size(book, outbox, ledger.now, event)
        if not event.leads:
            return
        for name in notices.channels_due(ledger.connection, ledger.now):
            release(ledger, book, outbox, name)
        self._prune(ledger)
        if self._next_look is None or not timedelta(0) < self._next_look - ledger.now < _LONGEST_PAUSE:
            started = time.perf_counter()
            self._look_at_jobs(ledger, book, outbox)
            pause = timedelta(seconds=_SHARE * (time.perf_counter() - started))
            self._next_look = ledger.now + min(pause, _LONGEST_PAUSE / 2)

    def _look_at_jobs(self, ledger: Ledger, book: Rulebook, outbox: Outbox) -> None:
        spans = [rule.start_within for rule in book.rules if rule.start_within and Kind.LATE_START in rule.on]
        if spans:
            waiting = ledger.waiting(ledger.now - min(spans))
            self._each(ledger, book, outbox, waiting, {Kind.LATE_START: self._late_start})
        watched = {Kind.LATE_FINISH: self._late_finish, Kind.SLOW: self._slow}
        found = {kind: say for kind, say in watched.items() if book.names_anywhere(kind)}
        if found:
            floor = timedelta(seconds=self.desk.settings.slow_floor_seconds)
            shortest = min([floor, *(rule.finish_within for rule in book.rules if rule.finish_within)])
            self._each(ledger, book, outbox, ledger.running(ledger.now - shortest), found)

    def _each(
        self,
        ledger: Ledger,
        book: Rulebook,
        outbox: Outbox,
        some: Sequence[Execution],
        kinds: "Mapping[Kind, _Say]",
    ) -> None:
        here = {one.id for one in some}
        for kind in kinds:
            self._told[kind] = self._told.get(kind, set()) & here
        jobs = ledger.jobs({one.job_id for one in some}) if some else {}
        self._read = 0
        for one in some:
            job = jobs.get(one.job_id)
            if job is None or job.app == OWN:
                continue
            for kind, say in kinds.items():
                if one.id in self._told[kind]:
                    continue
                for rule in book.nearest((kind,), job.slug, job.app):
                    news = say(ledger, job, one, rule)
                    if news is not None:
                        outbox.tell(news, rule, book.told_by(rule))
                        self._told[kind].add(one.id)

    def _late_start(self, ledger: Ledger, job: Job, one: Execution, rule: Rule) -> News | None:
        waited = ledger.now - one.due_at
        if rule.start_within is None or waited < rule.start_within:
            return None
        details = {"Due": one.scheduled_for, "Allowed": _length(rule.start_within), "Queue": one.queue}
        return _news(Kind.LATE_START, ledger, job, one, wording.late_start(job, waited), details)

    def _late_finish(self, ledger: Ledger, job: Job, one: Execution, rule: Rule) -> News | None:
        runs = ledger.now - (one.started_at or ledger.now)
        if rule.finish_within is None or runs < rule.finish_within:
            return None
        details = {"Allowed": _length(rule.finish_within), **_progress(one)}
        return _news(Kind.LATE_FINISH, ledger, job, one, wording.late_finish(job, runs), details)

    def _slow(self, ledger: Ledger, job: Job, one: Execution, rule: Rule) -> News | None:
        runs = ledger.now - (one.started_at or ledger.now)
        seconds = runs.total_seconds()
        if seconds < self.desk.settings.slow_floor_seconds:
            return None
        known = self._usual_of(ledger, job)
        if known.limit is None or seconds <= known.limit:
            return None
        details = {"Unusual from": length(known.limit), **_progress(one)}
        return _news(Kind.SLOW, ledger, job, one, wording.slow(job, runs, known.median), details)

    def _usual_of(self, ledger: Ledger, job: Job) -> Usual:
        known = self._usual.get(job.id)
        if known is not None and (abs(ledger.now - known.at) < _LIMIT_HOLDS or self._read >= _LIMITS_AT_ONCE):
            return known
        if self._read >= _LIMITS_AT_ONCE:
            return Usual(ledger.now, None)
        self._read += 1
        durations = ledger.durations(job.id, REMEMBERED)
        limit = usual_limit(durations, self.desk.settings.slow_floor_seconds)
        self._usual[job.id] = Usual(ledger.now, limit, usual(durations) if durations else 0.0)
        return self._usual[job.id]

    def _look_at_size(self, book: Rulebook, outbox: Outbox, now: datetime, event: Round) -> None:
        rules = [rule for rule in book.nearest((Kind.MEMORY, Kind.CPU)) if rule.memory_mb or rule.cpu_percent]
        if not rules:
            return
        size = self.measure()
        busy = self._busy.add(size.cpu_percent)
        for rule, news in self._too_large(rules, size, busy, now, event):
            outbox.tell(news, rule, book.told_by(rule))

    def _too_large(
        self, rules: list[Rule], size: Size, busy: float | None, now: datetime, event: Round
    ) -> Iterator[tuple[Rule, News]]:
        where = {"Host": socket.gethostname(), "Instance": str(event.instance_id)}
        about = f"{event.instance_id}:{now.isoformat()}"
        for rule in rules:
            memory = self._memory.setdefault(rule.name, Threshold())
            if rule.memory_mb and Kind.MEMORY in rule.on and memory.crossed(size.memory_mb, rule.memory_mb):
                said = f"Orario on {where['Host']} takes {size.memory_mb:.0f} MB of memory."
                details = {**where, "Allowed": f"{rule.memory_mb:.0f} MB"}
                yield rule, News(kind=Kind.MEMORY, about=about, sentence=said, at=now, details=details)
            cpu = self._cpu.setdefault(rule.name, Threshold())
            over = rule.cpu_percent and busy is not None and Kind.CPU in rule.on
            if over and cpu.crossed(busy or 0.0, rule.cpu_percent or 0.0):
                said = f"Orario on {where['Host']} took {busy:.0f} % of a core for a minute."
                details = {**where, "Allowed": f"{rule.cpu_percent:.0f} %"}
                yield rule, News(kind=Kind.CPU, about=about, sentence=said, at=now, details=details)

    def _prune(self, ledger: Ledger) -> None:
        if self._next_prune is not None and ledger.now < self._next_prune:
            return
        before = ledger.now - timedelta(days=self.desk.settings.keep_days)
        pruned = notices.prune(ledger.connection, before, _PRUNED_AT_ONCE)
        self._next_prune = ledger.now if pruned == _PRUNED_AT_ONCE else ledger.now + _PRUNE_EVERY


_Say = Callable[[Ledger, Job, Execution, Rule], "News | None"]


def _news(kind: Kind, ledger: Ledger, job: Job, one: Execution, said: str, details: Mapping[str, object]) -> News:
    return News(
        kind=kind,
        about=str(one.id),
        sentence=said,
        at=ledger.now,
        job=job,
        execution_id=one.id,
        details=details,
    )


def _progress(one: Execution) -> dict[str, object]:
    progress = one.progress
    return {"Progress": f"{progress.processed} of {progress.total}"} if progress.total else {}


def _length(span: timedelta) -> str:
    return length(span.total_seconds())
