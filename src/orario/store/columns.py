"""Column types that both databases share: moments as integers, identifiers as UUIDs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite counts up by itself only in an INTEGER primary key.
BigId = BigInteger().with_variant(Integer, "sqlite")


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, the form in which every moment is stored."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC datetime of a stored moment."""
    return _EPOCH + timedelta(0, 0, micros)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, exact to the microsecond, sortable and indexable alike in both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)
