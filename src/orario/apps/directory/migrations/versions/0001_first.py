"""Users, groups, who is in which, and what every sync changed."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Text, Uuid

from orario import Moment

revision = "0001"
down_revision = None

_ID = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "directory_users",
        *_head(),
        *(Column(name, Text, nullable=name != "username") for name in _USER),
        Column("last_used_at", Moment),
        *_tail(),
    )
    op.create_index("ix_directory_users_dn", "directory_users", ["dn_key"])
    op.create_index("ix_directory_users_username", "directory_users", ["username"])
    op.create_table(
        "directory_groups",
        *_head(),
        Column("name", Text, nullable=False),
        Column("description", Text),
        *_tail(),
    )
    op.create_table(
        "directory_members",
        Column("group_id", _ID, ForeignKey("directory_groups.id", ondelete="CASCADE"), primary_key=True),
        Column("dn_key", Text, primary_key=True),
    )
    op.create_index("ix_directory_members_dn", "directory_members", ["dn_key"])
    op.create_table(
        "directory_changes",
        Column("id", _ID, primary_key=True),
        Column("at", Moment, nullable=False),
        Column("execution_id", Uuid),
        Column("what", String(20), nullable=False),
        Column("key", String(100), nullable=False),
        Column("name", Text, nullable=False),
        Column("action", String(20), nullable=False),
        Column("fields", JSON(none_as_null=True)),
    )
    op.create_index("ix_directory_changes_at", "directory_changes", ["at"])
    op.create_index("ix_directory_changes_key", "directory_changes", ["key"])


_USER = (
    "username", "email", "first_name", "last_name", "display_name", "department", "title", "phone", "employee_number",
)  # fmt: skip


def _head() -> list[Column[object]]:
    return [
        Column("id", _ID, primary_key=True),
        Column("key", String(100), nullable=False, unique=True),
        Column("dn", Text, nullable=False),
        Column("dn_key", Text, nullable=False),
        Column("stamp", String(100)),
    ]


def _tail() -> list[Column[object]]:
    return [
        Column("is_active", Boolean, nullable=False),
        Column("inactive_reason", String(20)),
        Column("inactive_since", Moment),
        Column("created_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
    ]
