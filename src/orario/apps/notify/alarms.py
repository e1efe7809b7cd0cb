"""Tells of alarms past the ledger: at once, in threads of their own, with the channels as they were last seen.

What was told so is written down among the notices as soon as the database can be written again.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from os import getpid
from socket import gethostname

from sqlalchemy import Connection

from orario import Alarm, OrarioError
from orario.apps.notify import notices
from orario.apps.notify.channels import Reachable, reach_all
from orario.apps.notify.composing import Message, compose, subject_of
from orario.apps.notify.desk import Desk
from orario.apps.notify.failures import NotSent
from orario.apps.notify.news import News
from orario.apps.notify.notices import Notice, key_of
from orario.apps.notify.sending import send
from orario.apps.notify.words import Kind, Severity, Status

log = logging.getLogger("orario.notify")

_PAUSES = (0.0, 5.0, 15.0, 60.0)  # before each try; then it is given up
_LOOK_EVERY = 30.0
_MOST_UNWRITTEN = 1000
TRIES = "tries"  # among the facts of an alarm: instance by instance, None or why it was not heard


class Alarms:
    """Remembers how channels are reached, for the time when the database cannot say."""

    def __init__(self, desk: Desk, pauses: Sequence[float] = _PAUSES, *, place: str | None = None) -> None:
        self._desk = desk
        self._place = place or f"{gethostname()}:{getpid()}"  # where this instance runs
        self._pauses = pauses
        self._known: list[Reachable] = []
        self._next_look = 0.0
        self._unwritten: deque[Notice] = deque(maxlen=_MOST_UNWRITTEN)
        self.threads: list[threading.Thread] = []

    def remember(self) -> None:
        """Read the channels, at start."""
        with self._desk.services.database.reading() as connection:
            self._remember_from(connection)

    def catch_up(self, connection: Connection) -> None:
        """Write down what was told past the ledger, and read the channels; every second, in a transaction."""
        waiting = list(self._unwritten)
        if waiting:
            there = notices.held_still(connection, {one.id for one in waiting})
            for one in waiting:  # what is written now is found the next time, if this transaction holds
                known = there.get(one.id)
                if known is None:
                    notices.write(connection, [one])
                elif (both := together(known, one)) != known:  # another instance told the same
                    notices.amend(connection, both)
                else:
                    self._unwritten.remove(one)
        self._remember_from(connection)

    def _remember_from(self, connection: Connection) -> None:
        """Read the channels, now and then."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK_EVERY
        try:
            self._known = reach_all(connection, self._desk.settings, self._desk.vault)
        except OrarioError as error:
            log.warning("alarms go to the channels that were known before: %s", error.message)

    def __call__(self, alarm: Alarm) -> None:
        """Send it to every default channel. Returns at once: whoever watches has more to do."""
        told, message = self.composed(alarm)
        self.threads = [one for one in self.threads if one.is_alive()]
        for to in self._known:
            if to.channel.is_default:
                # The same key from every instance that raises this alarm.
                one = replace(told, id=key_of(Kind.ALARM, _about(alarm), to.channel.name), channel=to.channel.name)
                thread = threading.Thread(
                    target=self._tell, args=(to, one, message), name="orario-alarm", daemon=True
                )
                thread.start()
                self.threads.append(thread)

    def composed(self, alarm: Alarm) -> tuple[Notice, Message]:
        """What is told, of no channel yet, and how."""
        now = self._desk.services.tools.clock.now()
        said = f"Over: {alarm.sentence}" if alarm.is_over else alarm.sentence
        facts = News(kind=Kind.ALARM, about=alarm.kind, sentence=said, at=now, since=alarm.since).facts()
        told = Notice(
            id=key_of(Kind.ALARM, _about(alarm), ""),
            at=now,
            channel="",
            kind=Kind.ALARM,
            severity=Severity.INFO if alarm.is_over else Severity.CRITICAL,
            rule="",  # no rule can keep an alarm from being told
            status=Status.SENT,
            subject=subject_of(facts),
            facts=facts,
        )
        return told, compose(str(told.id), told.kind, told.severity, facts, self._desk.public_url)

    def _tell(self, to: Reachable, told: Notice, message: Message) -> None:
        why = self._send(to, str(told.id), message)
        facts = {**told.facts, TRIES: {self._place: why}}
        if why is None:
            at = self._desk.services.tools.clock.now()
            self._unwritten.append(replace(told, facts=facts, sent_at=at))
        else:
            self._unwritten.append(replace(told, facts=facts, status=Status.FAILED, why=why))

    def _send(self, to: Reachable, key: str, message: Message) -> str | None:
        """Try a few times; why it did not succeed."""
        why = None
        for pause in self._pauses:
            time.sleep(pause)
            try:
                send(to, key, message.as_json(), self._desk.services.tools.clock.now())
            except NotSent as error:
                why = error.message
                log.warning("the alarm did not reach the channel %s: %s", to.channel.name, why)
            else:
                return None
        return why


def together(one: Notice, other: Notice) -> Notice:
    """What two instances made of the same alarm: it was heard if one of them was."""
    tries = {**one.facts.get(TRIES, {}), **other.facts.get(TRIES, {})}
    best = other if one.status is not Status.SENT and other.status is Status.SENT else one
    failed = [f"{place} was not heard: {why}" for place, why in sorted(tries.items()) if why is not None]
    why = "; ".join(failed) or None
    return replace(best, facts={**best.facts, TRIES: tries}, why=why if len(tries) > 1 else best.why)


def _about(alarm: Alarm) -> str:
    return f"{alarm.kind}:{alarm.since.isoformat()}:{alarm.is_over}"
