"""Brings all mailboxes up to date, several at once: one that fails stops none of the others."""

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

from orario import Context, Misconfigured, OrarioError
from orario.apps.lokario.desk import desk
from orario.apps.lokario.inbox import integrations
from orario.apps.lokario.inbox.imap import Address, InboxFailed
from orario.apps.lokario.inbox.integrations import Integration
from orario.apps.lokario.inbox.keeping import Kept, Overtaken
from orario.apps.lokario.inbox.syncing import Means, sync
from orario.apps.lokario.words import SYNC_FAILED

_LOOK_SECONDS = 0.2
_MEGABYTE = 1_000_000


class SyncFailed(OrarioError):
    """Some mailboxes could not be read."""


@dataclass
class Tally:
    """What came of the mailboxes so far."""

    kept: Kept = field(default_factory=Kept)
    succeeded: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    skipped: int = 0

    def result(self) -> dict[str, Any]:
        return {
            "integrations": self.succeeded + len(self.failed) + self.skipped,
            "succeeded": self.succeeded,
            "failed": len(self.failed),
            "newMessages": self.kept.new,
            "knownMessages": self.kept.known,
        }

    def sentence(self) -> str:
        """What failed, named."""
        total = self.succeeded + len(self.failed) + self.skipped
        named = " ; ".join(f"{title} : {why}" for title, why in self.failed.items())
        return f"{SYNC_FAILED} : {len(self.failed)} intégration(s) sur {total} en échec. {named}"


def sync_all(context: Context, wanted: Sequence[Integration]) -> Tally:
    """Read them all, and say how it went."""
    services, settings = context.services, desk.settings
    news: SimpleQueue[tuple[str, int]] = SimpleQueue()  # progress is told from this thread only
    means = Means(
        services.database,
        services.tools.clock,
        settings.imap_timeout_seconds,
        int(settings.largest_message_mb * _MEGABYTE),
        foresee=lambda count: news.put(("foresee", count)),
        advance=lambda count: news.put(("advance", count)),
    )
    tally = Tally()
    reachable = _unlocked(context, means, tally, wanted)
    with ThreadPoolExecutor(settings.parallel, "lokario-imap") as pool:
        running = {pool.submit(sync, one, address, means): one for one, address in reachable}
        try:
            _attend(context, running, partial(_settle, context, means, tally), news)
        except BaseException:
            means.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tally


def _unlocked(
    context: Context, means: Means, tally: Tally, wanted: Sequence[Integration]
) -> list[tuple[Integration, Address]]:
    """Those whose passwords can be opened, with their addresses."""
    found = []
    for one in wanted:
        try:
            found.append((one, address_of(one, context.services)))
        except Misconfigured as error:  # it was sealed with a key that is gone
            _failed(context, means, tally, one, error.message, means.clock.now())
    context.conceal(*(address.password for _, address in found))
    return found


def address_of(one: Integration, services: Any) -> Address:
    """Where it is, with its password in plain."""
    password = services.sealing.open(one.password)
    return Address(
        host=one.host,
        port=one.port,
        tls=one.tls,
        verify_tls=one.verify_tls,
        username=one.username,
        password=password,
        folder=one.folder,
    )


def _attend(
    context: Context,
    running: Mapping["Future[Kept]", Integration],
    settle: Any,
    news: SimpleQueue[tuple[str, int]],
) -> None:
    """Wait for all of them, tell how far they are, and heed a wish to stop."""
    open_ = set(running)
    while open_:
        done, open_ = wait(open_, _LOOK_SECONDS, FIRST_COMPLETED)
        _tell(context, news)
        for one in done:
            settle(running[one], one)
        context.check()
    _tell(context, news)


def _tell(context: Context, news: SimpleQueue[tuple[str, int]]) -> None:
    while True:
        try:
            what, count = news.get_nowait()
        except Empty:
            return
        getattr(context.progress, what)(count)


def _settle(context: Context, means: Means, tally: Tally, one: Integration, future: "Future[Kept]") -> None:
    """Write down how one mailbox went."""
    now = means.clock.now()
    try:
        kept = future.result()
    except Overtaken:
        tally.skipped += 1
        context.info(f"{one.title} : une autre synchronisation est en cours")
    except InboxFailed as error:
        _failed(context, means, tally, one, error.message, now)
    except Exception as error:  # a mailbox that nobody foresaw must not cost the others theirs
        _failed(context, means, tally, one, f"{type(error).__name__} : {error}", now)
    else:
        tally.kept += kept
        tally.succeeded += 1
        with means.database.writing(lazily=True) as connection:
            integrations.note_success(connection, one.id, now)
        context.info(f"{one.title} : {kept.new} nouveau(x) message(s)", new=kept.new, known=kept.known)


def _failed(context: Context, means: Means, tally: Tally, one: Integration, why: str, now: Any) -> None:
    tally.failed[one.title] = why
    with means.database.writing() as connection:
        integrations.note_failure(connection, one.id, why, now)
    context.error(f"{one.title} : {why}")


def wanted_of(context: Context, ids: Sequence[UUID] | None) -> list[Integration]:
    """The active integrations; of those that are named, the inactive too."""
    with context.services.database.reading() as connection:
        return integrations.find(connection, only_active=ids is None, ids=ids)
