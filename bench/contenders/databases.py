"""A new database for each contender on PostgreSQL, in the server that the run has started."""

import os
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

REDIS = "BENCH_REDIS"  # the address of a Redis, without the number of a database
SERVER = "BENCH_POSTGRESQL"  # the address of any database in it; without one, SQLite is measured


def is_postgresql() -> bool:
    return SERVER in os.environ


def fresh() -> str:
    """The address of an empty database; those of earlier contenders go, and with them the work they still make."""
    server, name = os.environ[SERVER], f"bench_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        for (old,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench_%'").fetchall():
            connection.execute(f"DROP DATABASE {old} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    return make_url(server).set(database=name).render_as_string()


class Counter:
    """Asks, over a connection of its own, how many rows there are of what a contender has ended."""

    def __init__(self, url: str, query: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._query = query.encode()

    def read(self) -> int:
        found = self._connection.execute(self._query).fetchone()
        assert found is not None
        return int(found[0])
