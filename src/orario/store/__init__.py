"""SQL, said once for SQLite and PostgreSQL: plain functions that take a connection."""
