"""Lets go of what a channel held: one notice as it is, several as a digest."""

from dataclasses import replace

from orario import Ledger
from orario.apps.notify import notices
from orario.apps.notify.composing import LISTED, subject_of
from orario.apps.notify.decisions import Lately, Way, verdict
from orario.apps.notify.digests import digest_facts, gravest
from orario.apps.notify.notices import Notice, key_of
from orario.apps.notify.outbox import Outbox
from orario.apps.notify.rules import Rulebook
from orario.apps.notify.words import Kind, Status


def release(ledger: Ledger, book: Rulebook, outbox: Outbox, name: str) -> None:
    """Send what is due of a channel, unless something holds it further."""
    connection, now = ledger.connection, ledger.now
    channel = book.channels.get(name)
    if channel is None or not channel.is_enabled:
        notices.drop(connection, name, "the channel is gone" if channel is None else "the channel is disabled")
        return
    held = notices.held(connection, name, now, LISTED)
    lately = Lately(notices.sent_within_hour(connection, name, now))
    decided = verdict(replace(channel, digest=None), None, gravest(held), now, outbox.calendars, lately)
    if decided.way is Way.SUPPRESS:
        notices.drop(connection, name, decided.why or "")
    elif decided.way is Way.HOLD and decided.until is not None:
        notices.postpone(connection, name, now, decided.until)
    elif len(held) == 1:
        sent = outbox.send(held[0])
        assert sent.delivery_id is not None
        notices.set_off(connection, sent.id, sent.delivery_id, now)
    else:
        _send_digest(ledger, outbox, name, held)


def _send_digest(ledger: Ledger, outbox: Outbox, channel: str, held: list[Notice]) -> None:
    connection, now = ledger.connection, ledger.now
    key = key_of(Kind.DIGEST, held[0].id, channel)
    facts = digest_facts(str(key), held, notices.count_held(connection, channel, now), now)
    digest = Notice(
        id=key,
        at=now,
        channel=channel,
        kind=Kind.DIGEST,
        severity=gravest(held),
        rule="",
        status=Status.WAITING,
        subject=subject_of(facts),
        facts=facts,
        counted_at=now,
    )
    notices.hand_over(connection, channel, now, key)
    notices.write(connection, [outbox.send(digest)])
