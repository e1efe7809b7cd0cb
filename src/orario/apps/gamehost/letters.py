"""What the mails say."""

from datetime import datetime
from html import escape

from orario.apps.gamehost.mails import NewMail
from orario.apps.gamehost.servers import Server
from orario.apps.gamehost.windows import days_left, written
from orario.apps.gamehost.words import MailKind

_EXPIRY = frozenset({MailKind.EXPIRY_7_DAYS, MailKind.EXPIRY_1_DAY})
_LONGEST_NAME = 200


def warning(kind: MailKind, server: Server, ends: datetime, now: datetime, zone: str) -> NewMail:
    """The warning that a server is about to be suspended, or deleted, when `ends` has come."""
    name, when, left = _one_line(server.name), written(ends, zone), _in_days(days_left(ends, now, zone))
    if kind in _EXPIRY:
        subject = f"Your server {name} expires {left}"
        lines = [
            f"your game server {name} expires {left}, on {when}.",
            "After that it is suspended: nobody can play on it until you renew it. Your files are kept for now.",
        ]
    else:
        subject = f"Your server {name} will be deleted {left}"
        lines = [
            f"your game server {name} has expired, and will be deleted {left}, after {when}.",
            "All its files go with it, for good. Renew it before then to keep them.",
        ]
    greeting = f"Hello {_one_line(server.owner.name)},"
    return NewMail(
        to_address=server.owner.email,
        subject=subject,
        text="\n\n".join([greeting, *lines]) + "\n",
        html="".join(f"<p>{escape(line)}</p>\n" for line in (greeting, *lines)),
        kind=kind,
        game_server_id=server.id,
        about=server.expires_at,
        user_id=server.owner.id,
    )


def new_versions(found: dict[str, list[str]], to: str) -> NewMail:
    """The news of game versions, for those who look after the servers."""
    lines = [f"{game}: {', '.join(versions)}" for game, versions in found.items()]
    return NewMail(
        to_address=to,
        subject=f"New game versions: {', '.join(found)}"[:200],
        text="There are new versions of these games.\n\n" + "\n".join(lines) + "\n",
        kind=MailKind.NEW_VERSIONS,
    )


def _in_days(days: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _one_line(text: str) -> str:
    """A name as it may stand in a subject, whatever people typed."""
    return " ".join(text.split())[:_LONGEST_NAME]
