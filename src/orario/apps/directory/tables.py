"""The tables of the app: users, groups, who is in which, and what every sync changed."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
)

from orario import Moment

metadata = MetaData()

_Id = BigInteger().with_variant(Integer, "sqlite")

users = Table(
    "directory_users",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", String(100), nullable=False, unique=True),  # the directory's own, which outlives every rename
    Column("dn", Text, nullable=False),
    Column("dn_key", Text, nullable=False),  # as DNs are compared
    Column("stamp", String(100)),  # of the entry as it was read last; null: read it again
    Column("username", Text, nullable=False),
    Column("email", Text),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("display_name", Text),
    Column("department", Text),
    Column("title", Text),
    Column("phone", Text),
    Column("employee_number", Text),
    Column("last_used_at", Moment),
    Column("is_active", Boolean, nullable=False),
    Column("inactive_reason", String(20)),  # gone, disabled
    Column("inactive_since", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
Index("ix_directory_users_dn", users.c.dn_key)
Index("ix_directory_users_username", users.c.username)

groups = Table(
    "directory_groups",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("dn", Text, nullable=False),
    Column("dn_key", Text, nullable=False),
    Column("stamp", String(100)),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("is_active", Boolean, nullable=False),
    Column("inactive_reason", String(20)),
    Column("inactive_since", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

# By name and not by row: a member may be a user who is not read yet, or another group.
members = Table(
    "directory_members",
    metadata,
    Column("group_id", _Id, ForeignKey("directory_groups.id", ondelete="CASCADE"), primary_key=True),
    Column("dn_key", Text, primary_key=True),
)
Index("ix_directory_members_dn", members.c.dn_key)

changes = Table(
    "directory_changes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("execution_id", Uuid),
    Column("what", String(20), nullable=False),  # user, group
    Column("key", String(100), nullable=False),
    Column("name", Text, nullable=False),
    Column("action", String(20), nullable=False),  # created, updated, enabled, disabled
    Column("fields", JSON(none_as_null=True)),  # before and after of what was updated
)
Index("ix_directory_changes_at", changes.c.at)
Index("ix_directory_changes_key", changes.c.key)
