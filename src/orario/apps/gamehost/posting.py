"""SendEmails: every mail that is due is claimed, handed to the mail server, and marked, one after the other."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orario import Context, State
from orario.apps.gamehost import mails
from orario.apps.gamehost.desk import desk, now, result, words
from orario.apps.gamehost.failures import RunFailed
from orario.apps.gamehost.mails import Mail
from orario.apps.gamehost.settings import GamehostSettings
from orario.mail import Letter, Line, Mailbox, MailRefused
from orario.web import ExecutionFilter

_MOST_RUNNING = 1000


async def send_emails(context: Context) -> dict[str, Any]:
    """Process the e-mail queue: send what is due, put off what fails, park what will never be taken."""
    database, settings = context.services.database, desk.settings
    if released := await database.transact(mails.release, _living(context)):
        context.warn(
            "A run was cut off while it sent these; they are sent again under their Message-ID",
            count=len(released),
            emailIds=list(released[:50]),
        )
    ids = await database.fetch(mails.due, now(context))
    is_ready = settings.mail_url is not None
    total = len(ids) if is_ready else 0
    context.progress.expect(total)
    context.info(f"Job started, processing {words(total, 'email')}", totalEmails=total)
    if not is_ready:
        say = context.warn if ids else context.info
        say("The mail server is not configured: set ORARIO_GAMEHOST_MAIL_URL", waiting=len(ids))
    elif ids:
        async with AsyncExitStack() as stack:
            await Post(context, settings, stack).send_all(list(ids))
    found = result(context)
    context.info("Job completed successfully", totalProcessed=found["processed"], totalEmails=found["total"])
    return found


def _living(context: Context) -> set[str]:
    """The attempts that send now, this one among them; what others have claimed is nobody's."""
    wanted = ExecutionFilter(task="gamehost.send_emails", states=(State.RUNNING,))
    running = context.services.executions.find(wanted, 1, _MOST_RUNNING).items
    return {_signature(context)} | {f"{one.id}:{one.attempt}" for one in running}


def _signature(context: Context) -> str:
    return f"{context.execution_id}:{context.attempt}"


class _Away(Exception):
    """The mail server is away, or does not let us in."""


@dataclass
class Post:
    """One run, with one connection as long as it holds."""

    context: Context
    settings: GamehostSettings
    stack: AsyncExitStack
    line: Line | None = None
    by: str = field(init=False)
    mailbox: Mailbox = field(init=False)

    def __post_init__(self) -> None:
        assert self.settings.mail_url is not None
        self.by = _signature(self.context)
        self.mailbox = Mailbox.from_url(self.settings.mail_url.get_secret_value(), sender=self.settings.mail_from)

    async def send_all(self, ids: list[int]) -> None:
        """Send each. Raises RunFailed when the mail server is away; the mails then wait as they are."""
        for at, id in enumerate(ids):
            mail = await self._claim(id)
            if mail is None:
                self.context.info("Mail was taken by somebody else meanwhile", emailId=id)
            else:
                try:
                    await self._send(mail)
                except _Away as away:
                    self.context.progress.fail(len(ids) - at)
                    self.context.progress.advance(len(ids) - at)
                    self.context.error("Job failed", error=str(away), waiting=len(ids) - at)
                    raise RunFailed(str(away)) from away
            self.context.progress.advance()

    async def _claim(self, id: int) -> Mail | None:
        domain = self.mailbox.sender.rpartition("@")[2].strip("> ")
        found: Mail | None = await self.context.services.database.transact(
            mails.claim, id, self.by, now(self.context), domain
        )
        return found

    async def _send(self, mail: Mail) -> None:
        line = await self._connected(mail)
        try:
            if mail.attempts > self.settings.mail_attempts:  # it never came to an answer: it may be what kills us
                raise MailRefused("given up: no attempt came to an end", permanent=True)
            letter = Letter(mail.to_address, mail.subject, mail.text, mail.html, mail.message_id)
            await line.send(letter)
        except MailRefused as refusal:
            await self._refused(mail, refusal)
        else:
            await self.context.services.database.transact(mails.mark_sent, mail, self.by, now(self.context))
            self._tell("info", "Email sent", mail, messageId=mail.message_id)

    async def _connected(self, mail: Mail) -> Line:
        """The open connection, or a new one; without one the mail is given back as it was."""
        if self.line is None:
            try:
                self.line = await self.stack.enter_async_context(self.mailbox.opened())
            except MailRefused as error:
                await self._put_off(mail, error.message, now(self.context), is_tried=False)
                raise _Away(error.message) from error
        return self.line

    async def _refused(self, mail: Mail, refusal: MailRefused) -> None:
        self.context.progress.fail()
        if not refusal.permanent and refusal.code in (None, 421):  # nobody answers on this connection any more
            self.line = None
        if refusal.permanent or mail.attempts >= self.settings.mail_attempts:
            await self.context.services.database.transact(mails.park, mail, self.by, refusal.message)
            self._tell("error", "Email was given up and parked", mail, error=refusal.message)
            return
        pause = backoff(mail.attempts, self.settings)
        await self._put_off(mail, refusal.message, now(self.context) + pause, is_tried=True)
        self._tell(
            "warn", "Email was not taken, trying again later", mail,
            error=refusal.message, pauseSeconds=pause.total_seconds(),
        )  # fmt: skip

    async def _put_off(self, mail: Mail, error: str, until: datetime, *, is_tried: bool) -> None:
        await self.context.services.database.transact(mails.put_off, mail, self.by, error, until, is_tried=is_tried)

    def _tell(self, level: str, message: str, mail: Mail, **details: Any) -> None:
        said = {"emailId": mail.id, "kind": mail.kind, "subject": mail.subject, "attempt": mail.attempts, **details}
        self.context.log(level, message, **said, **{name: id for name, id in mail.whose.items() if id is not None})


def backoff(attempts: int, settings: GamehostSettings) -> timedelta:
    """The pause after so many attempts."""
    doubled = settings.mail_backoff_seconds * 2.0 ** min(attempts - 1, 60)
    return timedelta(seconds=min(doubled, settings.mail_longest_backoff_seconds))
