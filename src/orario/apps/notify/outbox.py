"""Writes notices down in the transaction of what they tell of, and opens the executions that send them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from orario import Ledger
from orario.apps.notify import notices
from orario.apps.notify.composing import compose, subject_of
from orario.apps.notify.decisions import Lately, Verdict, Way, verdict
from orario.apps.notify.news import LOG_LINES, News
from orario.apps.notify.notices import Notice, key_of
from orario.apps.notify.rules import Channel, Rule
from orario.apps.notify.words import Kind, Status

_RECENT = 100
JOB = "notices"  # every message is an execution of it


@dataclass
class Outbox:
    """The notices of one transaction."""

    ledger: Ledger
    public_url: str
    calendars: Mapping[str, Collection[date]]
    _lately: dict[str, Lately] = field(default_factory=dict)
    _new: list[Notice] = field(default_factory=list)

    def write(self) -> None:
        """Put the notices into their table, all at once."""
        notices.write(self.ledger.connection, self._new)
        self._new = []

    def tell(self, news: News, rule: Rule, channels: Sequence[Channel]) -> list[str]:
        """Tell these channels, each once; those that are told now or later."""
        connection = self.ledger.connection
        keys = {channel.name: key_of(news.kind, news.about, channel.name) for channel in channels}
        already = notices.known(connection, keys.values()) if keys and news.kind in _FOUND_AGAIN else set()
        already |= {one.id for one in self._new[-_RECENT:]}  # two rules may tell one channel of the same
        told = []
        for channel in channels:
            if keys[channel.name] not in already and self._tell(news, rule, channel, keys[channel.name]):
                told.append(channel.name)
        return told

    def _tell(self, news: News, rule: Rule, channel: Channel, key: UUID) -> bool:
        severity = rule.severity_of(news.kind, news.severity)
        decided = verdict(channel, rule.quiet, severity, self.ledger.now, self.calendars, self._of_late(channel))
        facts = self._facts(news, decided)
        notice = Notice(
            id=key,
            at=self.ledger.now,
            channel=channel.name,
            kind=news.kind,
            severity=severity,
            rule=rule.name,
            status=_STATUS[decided.way],
            why=decided.why,
            subject=subject_of(facts),
            job=news.job.slug if news.job else None,
            app=news.job.app if news.job else None,
            execution_id=news.execution_id,
            facts=facts,
            release_at=decided.until,
            counted_at=self.ledger.now if decided.way is Way.SEND else None,
        )
        if decided.way is Way.SEND:
            notice = self.send(notice)
        self._new.append(notice)
        self._note(channel, decided)
        return decided.way is not Way.SUPPRESS

    def send(self, notice: Notice) -> Notice:
        """Open the execution that sends a notice."""
        message = compose(str(notice.id), notice.kind, notice.severity, notice.facts, self.public_url)
        args = {"notice": str(notice.id), "channel": notice.channel, "message": message.as_json()}
        return replace(notice, delivery_id=self.ledger.open(JOB, args))

    def _facts(self, news: News, decided: Verdict) -> dict[str, Any]:
        # What is one too many ends up as a line of a digest: in a storm of failures nobody waits for its log lines.
        if news.execution_id is None or (decided.why or "").startswith("more than"):
            return news.facts()
        execution = self.ledger.execution(news.execution_id)
        wanted = 0 if news.kind in (Kind.RECOVERY, Kind.MESSAGE) else LOG_LINES
        return news.facts(execution, self.ledger.lines(news.execution_id, wanted) if wanted else ())

    def _of_late(self, channel: Channel) -> Lately:
        if channel.name not in self._lately:
            connection, now = self.ledger.connection, self.ledger.now
            sent = notices.sent_within_hour(connection, channel.name, now)
            self._lately[channel.name] = Lately(sent, notices.digest_at(connection, channel.name))
        return self._lately[channel.name]

    def _note(self, channel: Channel, decided: Verdict) -> None:
        before = self._lately[channel.name]
        if decided.way is Way.SEND:
            self._lately[channel.name] = replace(before, sent=[*before.sent, self.ledger.now])
        elif decided.why == "digest":
            self._lately[channel.name] = replace(before, digest_at=before.digest_at or decided.until)


# What ends, ends once; these are found by looking, or by every instance.
_FOUND_AGAIN = frozenset(Kind) - {Kind.FAILURE, Kind.TIMEOUT, Kind.RECOVERY, Kind.OVERLAP}
_STATUS = {Way.SEND: Status.WAITING, Way.HOLD: Status.HELD, Way.SUPPRESS: Status.SUPPRESSED}
