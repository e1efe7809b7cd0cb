"""What PostgreSQL is told: nothing outlives a transaction, so that a pooler may stand in between."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import DBAPIError

# A connection whose other end has vanished without a word is noticed in seconds, not in hours.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 12_000,  # milliseconds
}
# Whoever falls asleep in the middle of a transaction, as a stopped process does, must not keep its locks for long.
_ASLEEP = "SET LOCAL idle_in_transaction_session_timeout = 5000"  # milliseconds
# For the hot path, whose costs are to grow with what is due. A server that has not counted its rows reads whole
# tables to change some of them; and of what has moved on in an index, only a plain scan clears the traces.
BY_INDEXES = ", ".join(f"set_config('enable_{way}', 'off', true)" for way in ("seqscan", "bitmapscan"))
_UNDONE = ("40P01", "40001")  # deadlock_detected, serialization_failure


def options(url: URL, *, read_only: bool) -> dict[str, Any]:
    """What `create_engine` is given; the address itself may say otherwise about time-outs.

    Prepared statements belong to a session, and the next transaction may be in another one: there are none.
    """
    patience = {name: value for name, value in _PATIENCE.items() if name not in url.query}
    return {
        "pool_pre_ping": True,
        "connect_args": {"prepare_threshold": None, **patience},
        "isolation_level": "REPEATABLE READ" if read_only else "READ COMMITTED",  # a page and its total agree
        "execution_options": {"postgresql_readonly": read_only},
    }


def tune(engine: Engine, *, read_only: bool) -> None:
    """See that no transaction that writes can hold up the others for ever."""
    if read_only:
        return

    @event.listens_for(engine, "begin")
    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(_ASLEEP)


def is_deadlock(error: DBAPIError) -> bool:
    """Whether two transactions waited for each other, and this is the one that was undone: it may be tried again."""
    return getattr(error.orig, "sqlstate", None) in _UNDONE
