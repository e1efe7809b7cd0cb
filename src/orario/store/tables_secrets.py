"""The table of named secrets."""

from sqlalchemy import Column, String, Table, Text

from orario.store.columns import Moment
from orario.store.metadata import metadata

secrets = Table(
    "secrets",
    metadata,
    Column("name", String, primary_key=True),
    Column("sealed", Text, nullable=False),  # the value, encrypted; it is nowhere else
    Column("description", Text),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String),
    Column("updated_at", Moment, nullable=False),
    Column("updated_by", String),
    Column("last_used_at", Moment),
)
