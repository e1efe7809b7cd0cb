"""The table of what was handed over to carriers that are no instances, and has not started yet."""

from sqlalchemy import Column, Table, Uuid

from orario.store.columns import Moment
from orario.store.metadata import metadata

handovers = Table(
    "handovers",
    metadata,
    Column("execution_id", Uuid, primary_key=True),
    Column("token", Uuid, nullable=False),  # of the attempt: where the execution's own is another, this is past
    Column("sent_at", Moment),  # null: not yet
)
