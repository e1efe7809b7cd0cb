"""Sends what is owed now, one mail after the other over one connection; each step once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from orario import Context, NotFound, OrarioError
from orario.apps.lokario.billing import reminding
from orario.apps.lokario.billing.reminding import Draft
from orario.apps.lokario.settings import LokarioSettings
from orario.apps.lokario.words import FOLLOWUPS_FAILED
from orario.mail import Line, Mailbox, MailRefused


class FollowupsFailed(OrarioError):
    """Some reminders could not be sent."""


@dataclass
class Counts:
    """What came of the reminders."""

    due: int = 0
    sent: int = 0
    waiting: int = 0
    refused: int = 0


@dataclass
class Round:
    """One run through all that is owed."""

    context: Context
    settings: LokarioSettings
    today: date
    counts: Counts = field(default_factory=Counts)
    failures: list[str] = field(default_factory=list)

    async def send_all(self, drafts: Sequence[Draft], mailbox: Mailbox) -> None:
        """Raises FollowupsFailed, at the end, where something was not taken."""
        self.context.progress.expect(len(drafts))
        try:
            async with mailbox.opened() as line:
                for number, one in enumerate(drafts):
                    if not await self._send(one, line):
                        self.counts.waiting += len(drafts) - number - 1
                        break
        except MailRefused as error:  # nobody let us in: nothing was begun
            self.counts.waiting = len(drafts)
            self.failures.append(error.message)
        self.context.note(**asdict(self.counts))
        if self.failures:
            raise FollowupsFailed(self._sentence())

    async def _send(self, planned: Draft, line: Line) -> bool:
        """False when the server is gone, so that it makes no sense to go on."""
        one = await self._begin(planned)
        if one is None:
            self.context.info(f"{_title(planned)} : plus à envoyer")
            return True
        try:
            await line.send(one.letter())
        except MailRefused as error:
            return await self._refused(one, error)
        await self._write(reminding.note_sent, one, self._now())
        self.counts.sent += 1
        self.context.progress.advance()
        self.context.info(f"{_title(one)} : envoyée à {one.recipient}", messageId=one.message_id)
        return True

    async def _refused(self, one: Draft, error: MailRefused) -> bool:
        def note(connection: Any) -> None:
            reminding.note_refusal(connection, one, error.message, is_final=error.permanent)

        await self._write(note)
        self.counts.refused += error.permanent
        self.counts.waiting += not error.permanent
        self.context.progress.fail()
        self.failures.append(f"{_title(one)} : {error.message}")
        self.context.error(f"{_title(one)} : {error.message}")
        return error.permanent or error.code is not None

    async def _begin(self, planned: Draft) -> Draft | None:
        found: Draft | None = await self._write(
            reminding.begin,
            planned.followup.id,
            planned.step,
            self.settings,
            self.today,
            self._now(),
            self.context.execution_id,
            self._is_over,
        )
        return found

    def _is_over(self, run: UUID) -> bool:
        try:
            return bool(self.context.services.executions.get(run).state.is_final)
        except NotFound:
            return True

    async def _write(self, function: Any, *args: Any) -> Any:
        return await self.context.services.database.transact(function, *args)

    def _now(self) -> Any:
        return self.context.services.tools.clock.now()

    def _sentence(self) -> str:
        shown = " ; ".join(self.failures[:5])
        rest = f" ; et {len(self.failures) - 5} autre(s)" if len(self.failures) > 5 else ""
        counts = self.counts
        return (
            f"{FOLLOWUPS_FAILED} : {counts.sent} envoyée(s), {counts.waiting} en attente, {counts.refused} "
            f"refusée(s). {shown}{rest}"
        )


def _title(one: Draft) -> str:
    facts = one.followup.facts
    return f"Relance {one.step} de la facture {facts.number} ({facts.company})"
