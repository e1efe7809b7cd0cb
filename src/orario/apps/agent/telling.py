"""Tells people of what the jobs find, as notices: in the transaction in which it is written down."""

from typing import Any

from sqlalchemy import Connection

from orario import Context, Said

APP = "agent"


def tell(
    context: Context,
    connection: Connection,
    about: str,
    sentence: str,
    *,
    severity: str = "warning",
    error: str | None = None,
    **details: Any,
) -> None:
    """Once for each `about`; details are shown beside the sentence, their names as labels."""
    said = Said(
        app=APP,
        about=about,
        sentence=sentence,
        severity=severity,
        error=error,
        details={name.replace("_", " ").capitalize(): value for name, value in details.items()},
        execution_id=context.execution_id,
    )
    context.services.news.tell(connection, said)


def some_of(names: list[str], shown: int = 10) -> str:
    """`Ana, Ștefan and 40 more`."""
    first = ", ".join(names[:shown])
    return f"{first} and {len(names) - shown} more" if len(names) > shown else first
