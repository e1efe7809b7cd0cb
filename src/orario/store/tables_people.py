"""The tables of the people who sign in: users, the links that let one in once, and what is open now."""

from sqlalchemy import Column, Index, String, Table, Text, Uuid

from orario.store.columns import Moment
from orario.store.metadata import metadata

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String, nullable=False, unique=True),  # in small letters
    Column("role", String, nullable=False),
    Column("password", Text),  # hashed with scrypt; null: comes in by links only
    Column("subject", String, unique=True),  # who it is to an outside sign-in
    Column("timezone", String),  # null: the browser's
    Column("created_at", Moment, nullable=False),
    Column("created_by", String),
    Column("signed_in_at", Moment),
    Column("looked_at", Moment),  # until when they have seen what failed
    Column("blocked_at", Moment),
)

# Of links and sessions only digests are kept: who reads the database cannot come in by it.
links = Table(
    "links",
    metadata,
    Column("digest", String, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("user_id", Uuid, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("address", String),
    Column("browser", String),
)
Index("ix_sessions_user", sessions.c.user_id)
