"""Looking at SQLite's log must not cost the locks that keep writers apart."""

import subprocess
import sys
from pathlib import Path

from orario.store import wal
from orario.store.database import Database
from orario.store.migrating import migrate

WRITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
"""


def test_another_process_is_kept_out_after_a_look_at_the_backlog(tmp_path: Path) -> None:
    file = tmp_path / "orario.db"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE leases SET term = term")
        for _ in range(2):
            assert wal.backlog(file) > 0
        other = subprocess.run([sys.executable, "-c", WRITE, str(file)], capture_output=True, text=True)
    database.close()
    assert "database is locked" in other.stderr


def test_a_file_that_is_made_anew_is_looked_at_anew(tmp_path: Path) -> None:
    file = tmp_path / "orario.db"
    for _ in range(3):
        assert wal.backlog(file) == 0
        database = Database(f"sqlite:///{file}")
        migrate(database)
        with database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS notes (word TEXT)")
            connection.exec_driver_sql("INSERT INTO notes VALUES ('one')")
        assert wal.backlog(file) > 0
        database.close()
