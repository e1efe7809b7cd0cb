"""Makes news of what happened to jobs and instances, and remembers what goes on."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from orario import Broken, ClockStepped, Dropped, Ended, Event, InstanceLost, Job, Ledger, Said, State, TurnedAway
from orario.apps.notify import troubles, wording
from orario.apps.notify.decisions import Trouble, is_over, is_told
from orario.apps.notify.news import News
from orario.apps.notify.outbox import Outbox
from orario.apps.notify.rules import Rule, Rulebook
from orario.apps.notify.troubles import Key
from orario.apps.notify.words import Kind, Severity


@dataclass
class Hearing:
    """The events of one transaction, one after the other."""

    ledger: Ledger
    book: Rulebook
    outbox: Outbox
    known: troubles.Troubles
    troubled: set[UUID]
    _changed: dict[Key, Trouble | None] = field(default_factory=dict)

    def write(self) -> None:
        """Put into the tables, all at once, what was heard: in a storm of failures ticks wait for this."""
        troubles.write(self.ledger.connection, self._stored, self._changed)
        self.outbox.write()

    def __post_init__(self) -> None:
        self._stored = frozenset(self.known)

    def of_job(self, event: Ended | TurnedAway | Dropped | Broken, job: Job) -> None:
        match event:
            case Ended(state=State.SUCCESS):
                self._succeeded(event, job)
            case Ended():
                self._failed(event, job)
            case TurnedAway():
                kind = Kind.OVERLAP if event.state is State.SKIPPED else Kind.MISSED
                self._went_wrong(kind, job, str(event.execution_id), wording.turned_away(job, event), event)
            case Dropped():
                about = f"{job.id}:{event.gap.first.isoformat()}"
                self._went_wrong(Kind.MISSED, job, about, wording.dropped(job, event), event)
            case Broken():
                news = self._news(Kind.BROKEN, f"{job.id}:{job.version}", f"{job.name} is broken.", job)
                self._tell_all(replace(news, error=event.why))

    def of_house(self, event: Event) -> None:
        if isinstance(event, InstanceLost):
            details = {"Instance": str(event.instance_id), "Host": event.hostname}
            about = str(event.instance_id)
            self._tell_all(replace(self._news(Kind.INSTANCE_LOST, about, wording.lost(event)), details=details))
        elif isinstance(event, ClockStepped):
            self._tell_all(self._news(Kind.CLOCK_STEP, self.ledger.now.isoformat(), wording.stepped(event)))

    def of_app(self, event: Said, job: Job | None) -> None:
        news = News(
            kind=Kind.MESSAGE,
            about=f"{event.app}:{event.about}",
            sentence=event.sentence,
            at=self.ledger.now,
            job=job,
            execution_id=event.execution_id,
            error=event.error,
            details=event.details,
            severity=Severity(event.severity),
        )
        self._tell_all(news, event.app)

    def _failed(self, event: Ended, job: Job) -> None:
        kinds = (Kind.TIMEOUT, Kind.FAILURE) if event.state is State.TIMEOUT else (Kind.FAILURE,)
        for rule in self.book.nearest(kinds, job.slug, job.app):
            trouble = self._trouble(job, Kind.FAILURE, rule)
            recent = self.ledger.states(job.id, rule.of) if rule.of else ()
            if is_told(rule, trouble, recent):
                news = News(
                    kind=kinds[0],
                    about=str(event.execution_id),
                    sentence=wording.failed(job, event, trouble, rule),
                    at=self.ledger.now,
                    job=job,
                    execution_id=event.execution_id,
                    since=trouble.since if trouble.count > 1 else None,
                    error=event.outcome.error_message,
                    stack=event.outcome.error_stack,
                )
                self._tell(news, rule, trouble, job, Kind.FAILURE)

    def _succeeded(self, event: Ended, job: Job) -> None:
        for (subject, kind, name), trouble in list(self.known.items()):
            if subject != job.id:
                continue
            rule = self._rule(name)
            recent = self.ledger.states(job.id, rule.of) if rule and rule.of else ()
            if kind is Kind.FAILURE and rule is not None and not is_over(rule, recent):
                continue
            del self.known[subject, kind, name]
            self._changed[subject, kind, name] = None
            if kind is Kind.FAILURE and trouble.told_at is not None:
                self._recovered(event, job, trouble)

    def _recovered(self, event: Ended, job: Job, trouble: Trouble) -> None:
        channels = [self.book.channels[name] for name in trouble.channels if name in self.book.channels]
        news = News(
            kind=Kind.RECOVERY,
            about=str(event.execution_id),
            sentence=wording.recovered(job),
            at=self.ledger.now,
            job=job,
            execution_id=event.execution_id,
            details={"Had failed": _times(trouble.count), "First at": trouble.since},
        )
        for rule in self.book.nearest((Kind.RECOVERY,), job.slug, job.app)[:1]:
            self.outbox.tell(news, rule, [one for one in channels if one.is_enabled])

    def _went_wrong(self, kind: Kind, job: Job, about: str, said: str, event: TurnedAway | Dropped) -> None:
        """Told once, until the job succeeds."""
        details: dict[str, object] = {}
        if isinstance(event, Dropped):
            details = {"First": event.gap.first, "Last": event.gap.last, "Because": event.gap.reason.value}
        for rule in self.book.nearest((kind,), job.slug, job.app):
            trouble = self._trouble(job, kind, rule)
            # How many failures it takes is said of failures; of these, the first is told.
            again = rule.again_every is not None and (trouble.count - 1) % rule.again_every == 0
            if trouble.told_at is None or again:
                news = News(
                    kind=kind,
                    about=about,
                    sentence=said,
                    at=self.ledger.now,
                    job=job,
                    execution_id=event.execution_id if isinstance(event, TurnedAway) else None,
                    details=details,
                )
                self._tell(news, rule, trouble, job, kind)

    def _tell(self, news: News, rule: Rule, trouble: Trouble, job: Job, kind: Kind) -> None:
        told = self.outbox.tell(news, rule, self.book.told_by(rule))
        if told:
            channels = tuple(sorted({*trouble.channels, *told}))
            self._note((job.id, kind, rule.name), replace(trouble, told_at=trouble.count, channels=channels))

    def _trouble(self, job: Job, kind: Kind, rule: Rule) -> Trouble:
        key = (job.id, kind, rule.name)
        before = self.known.get(key)
        now = Trouble(1, self.ledger.now) if before is None else replace(before, count=before.count + 1)
        self._note(key, now)
        return now

    def _note(self, key: Key, trouble: Trouble) -> None:
        self.known[key] = self._changed[key] = trouble
        self.troubled.add(key[0])

    def _rule(self, name: str) -> Rule | None:
        everybody = (*self.book.rules, *([self.book.usual] if self.book.usual else []))
        return next((rule for rule in everybody if rule.name == name), None)

    def _news(self, kind: Kind, about: str, sentence: str, job: Job | None = None) -> News:
        return News(kind=kind, about=about, sentence=sentence, at=self.ledger.now, job=job)

    def _tell_all(self, news: News, app: str | None = None) -> None:
        job = news.job
        for rule in self.book.nearest((news.kind,), job.slug if job else None, job.app if job else app):
            self.outbox.tell(news, rule, self.book.told_by(rule))


def _times(count: int) -> str:
    return f"{count} times" if count > 1 else "once"
