"""A pgbouncer in transaction mode: the next transaction of a client may run in another session."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.servers.postgresql import PostgreSQL
from tests.servers.private import Private, needed

_PORT = 6432  # names the socket's file; nobody listens on the network

_CONFIGURATION = """
[databases]
* = host={postgresql} user=orario

[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 500
server_round_robin = 1
"""


@contextmanager
def pooled(postgresql: PostgreSQL, database: str, sessions: int = 4) -> Iterator[str]:
    """The address of `database` behind a pooler, which spreads transactions over few sessions as evenly as it can."""
    program, server = needed("pgbouncer"), Private("pgbouncer")
    configuration = server.folder / "pgbouncer.ini"
    configuration.write_text(
        _CONFIGURATION.format(folder=server.folder, postgresql=postgresql.folder, port=_PORT, sessions=sessions)
    )
    configuration.chmod(0o644)
    url = f"postgresql://orario@/{database}?host={server.folder}&port={_PORT}"
    try:
        server.start(program, configuration, ready=lambda: _answers(url))
        yield url
    finally:
        server.remove()


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
