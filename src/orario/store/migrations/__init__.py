"""The numbered steps by which a database follows the code, for SQLite and PostgreSQL alike."""
