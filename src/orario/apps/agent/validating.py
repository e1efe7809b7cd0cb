"""Asks providers whether the credentials that the agent has of them still hold."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import aiohttp
from sqlalchemy import Connection, select, update

from orario import Context, Misconfigured
from orario.apps.agent.calling import UNANSWERED, calling, words_of
from orario.apps.agent.desk import desk
from orario.apps.agent.tables import credentials
from orario.apps.agent.telling import tell
from orario.apps.agent.together import together

_AT_ONCE = 8  # providers asked at the same time


class Verdict(StrEnum):
    """What asking has brought."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"  # the provider did not say: what was known stays


@dataclass(frozen=True)
class Answer:
    """A verdict, and why."""

    verdict: Verdict
    why: str | None = None


async def validate_credentials(context: Context) -> dict[str, int]:
    """Ask each credential's provider; tell of those that have become invalid."""
    rows = await context.services.database.fetch(_all)
    context.progress.expect(len(rows))
    counts = dict.fromkeys(Verdict, 0)
    turns = asyncio.Semaphore(_AT_ONCE)
    async with calling(desk.settings) as client:

        async def check(row: Any) -> None:
            async with turns:
                answer = await _asked(context, client, row)
            counts[answer.verdict] += 1
            await context.services.database.transact(_note, context, row, answer)
            _say(context, row, answer)

        await together(check(row) for row in rows)
    context.info("credentials validated", **{verdict.value: number for verdict, number in counts.items()})
    return {"checked": len(rows), **{verdict.value: number for verdict, number in counts.items()}}


async def _asked(context: Context, client: aiohttp.ClientSession, row: Any) -> Answer:
    now = context.services.tools.clock.now()
    if row.expires_at is not None and row.expires_at <= now:
        return Answer(Verdict.INVALID, f"it expired at {row.expires_at.isoformat()}")
    if not row.check_url:
        return Answer(Verdict.UNKNOWN, "it has no URL to ask at")
    try:
        secret = context.services.sealing.open(row.secret)
    except Misconfigured as error:
        return Answer(Verdict.UNKNOWN, error.message)
    context.conceal(secret)
    try:
        # A redirect is not followed: the secret would go somewhere else.
        headers = _headers(row.header, secret)
        async with client.get(row.check_url, headers=headers, allow_redirects=False) as answer:
            return judged(answer.status)
    except UNANSWERED as error:
        return Answer(Verdict.UNKNOWN, f"the provider did not answer: {words_of(error)}")


def judged(status: int) -> Answer:
    """What a provider's status says of a credential."""
    if 200 <= status < 300:
        return Answer(Verdict.VALID)
    if status in (401, 403):
        return Answer(Verdict.INVALID, f"the provider answered {status}")
    return Answer(Verdict.UNKNOWN, f"the provider answered {status}")


def _headers(header: str, secret: str) -> Mapping[str, str]:
    return {header: f"Bearer {secret}" if header.lower() == "authorization" else secret}


def _note(connection: Connection, context: Context, row: Any, answer: Answer) -> None:
    now = context.services.tools.clock.now()
    values: dict[str, Any] = {"checked_at": now, "error": answer.why}
    if answer.verdict is not Verdict.UNKNOWN:
        values["is_valid"] = answer.verdict is Verdict.VALID
    # One that was replaced meanwhile is another credential: nothing is known of that.
    same = (credentials.c.id == row.id, credentials.c.secret == row.secret)
    changed = connection.execute(update(credentials).where(*same).values(**values)).rowcount
    if changed and answer.verdict is Verdict.INVALID and row.is_valid is not False:
        tell(
            context,
            connection,
            f"credential:{row.id}:{now.isoformat()}",
            f"The credential {row.name} of {row.provider} is not valid any more.",
            severity="error",
            name=row.name,
            provider=row.provider,
            reason=answer.why,
        )


def _say(context: Context, row: Any, answer: Answer) -> None:
    context.progress.advance()
    if answer.verdict is Verdict.VALID:
        context.info("credential is valid", name=row.name, provider=row.provider)
        return
    context.progress.fail()
    context.warn(f"credential is {answer.verdict}", name=row.name, provider=row.provider, reason=answer.why)


def _all(connection: Connection) -> Sequence[Any]:
    return connection.execute(select(credentials).order_by(credentials.c.id)).all()
