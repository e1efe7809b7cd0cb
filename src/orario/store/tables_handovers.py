"""The table of what was handed over to carriers that are no instances, and has not started yet."""

from sqlalchemy import Boolean, Column, Table, Uuid, false

from orario.store.columns import Moment
from orario.store.metadata import metadata

handovers = Table(
    "handovers",
    metadata,
    Column("token", Uuid, primary_key=True),  # of the attempt: where the execution's own is another, this is past
    Column("execution_id", Uuid, nullable=False),
    Column("sent_at", Moment),  # null: not yet
    Column("message", Uuid),  # that named it last: the token of the first one that it names
    Column("is_entrusted", Boolean, nullable=False, server_default=false()),  # to somebody else's Celery application
)
