"""Tells of alarms past the ledger: at once, in threads of their own, with the channels as they were last seen."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import Connection

from orario import Alarm, OrarioError
from orario.apps.notify.channels import Reachable, reach_all
from orario.apps.notify.composing import Message, compose
from orario.apps.notify.desk import Desk
from orario.apps.notify.failures import NotSent
from orario.apps.notify.news import News
from orario.apps.notify.notices import key_of
from orario.apps.notify.sending import send
from orario.apps.notify.words import Kind, Severity

log = logging.getLogger("orario.notify")

_PAUSES = (0.0, 5.0, 15.0, 60.0)  # before each try; then it is given up
_LOOK_EVERY = 30.0


class Alarms:
    """Remembers how channels are reached, for the time when the database cannot say."""

    def __init__(self, desk: Desk, pauses: Sequence[float] = _PAUSES) -> None:
        self._desk = desk
        self._pauses = pauses
        self._known: list[Reachable] = []
        self._next_look = 0.0
        self.threads: list[threading.Thread] = []

    def remember(self) -> None:
        """Read the channels, at start."""
        with self._desk.services.database.reading() as connection:
            self.remember_from(connection)

    def remember_from(self, connection: Connection) -> None:
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
        message, key = self.composed(alarm)
        self.threads = [one for one in self.threads if one.is_alive()]
        for to in self._known:
            if to.channel.is_default:
                thread = threading.Thread(
                    target=self._send, args=(to, key(to.channel.name), message), name="orario-alarm", daemon=True
                )
                thread.start()
                self.threads.append(thread)

    def composed(self, alarm: Alarm) -> tuple[Message, Callable[[str], UUID]]:
        """The message, and its key per channel: the same from every instance that raises this alarm."""
        now = self._desk.services.tools.clock.now()
        said = f"Over: {alarm.sentence}" if alarm.is_over else alarm.sentence
        news = News(kind=Kind.ALARM, about=alarm.kind, sentence=said, at=now, since=alarm.since)
        severity = Severity.INFO if alarm.is_over else Severity.CRITICAL
        about = f"{alarm.kind}:{alarm.since.isoformat()}:{alarm.is_over}"
        key = key_of(Kind.ALARM, about, "")
        return (
            compose(str(key), Kind.ALARM, severity, news.facts(), self._desk.public_url),
            lambda channel: key_of(Kind.ALARM, about, channel),
        )

    def _send(self, to: Reachable, key: UUID, message: Message) -> None:
        for pause in self._pauses:
            time.sleep(pause)
            try:
                send(to, str(key), message.as_json(), self._desk.services.tools.clock.now())
            except NotSent as error:
                log.warning("the alarm did not reach the channel %s: %s", to.channel.name, error.message)
            else:
                return
