"""A PostgreSQL of the tests' own, without the wait for the disk, and databases in it by the hundred."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg

from tests.servers.private import Private, needed

_OWNER = "orario"
_SETTINGS = {"listen_addresses": "", "max_connections": "200"}
# No power cut is tried in tests; all else is as ever, so that a killed server still keeps what it committed.
_CARELESS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "jit": "off"}


class PostgreSQL:
    """One cluster, reached through a socket in its own folder: nobody else's port can be in its way.

    A careful one waits for the disk at each commit, as PostgreSQL does by default.
    """

    def __init__(self, *, is_careful: bool = False) -> None:
        self._settings = _SETTINGS if is_careful else _SETTINGS | _CARELESS
        self._program, initdb = needed("postgresql"), needed("postgresql", "initdb")
        self._server = Private("postgresql")
        self._numbers = count(1)
        self._server.run(
            initdb, "--pgdata", self._data, "--username", _OWNER, "--auth", "trust", "--encoding", "UTF8",
            "--no-locale", "--no-sync",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        self._server.start(self._program, "-D", self._data, "-k", self.folder, *settings, ready=self._answers)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Stop: by SIGINT at once and cleanly, by SIGQUIT as in a crash."""
        self._server.stop(number)

    def close(self) -> None:
        """Stop, and forget all databases."""
        self._server.remove(signal.SIGQUIT)

    @property
    def folder(self) -> str:
        return str(self._server.folder)

    @property
    def _data(self) -> str:
        return f"{self.folder}/data"

    def url(self, database: str) -> str:
        """What ORARIO_DATABASE_URL takes."""
        return f"postgresql://{_OWNER}@/{database}?host={self.folder}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The name of a database that is there for a while, made as a copy of `template`."""
        name = f"orario_{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self.do(f"DROP DATABASE {name} WITH (FORCE)")

    def do(self, statement: str, database: str = "postgres") -> None:
        """Carry out one statement outside of any transaction, as the owner of it all."""
        with psycopg.connect(host=self.folder, user=_OWNER, dbname=database, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _answers(self) -> bool:
        try:
            self.do("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True
