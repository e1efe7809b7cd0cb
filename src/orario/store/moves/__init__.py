"""Moves what a SQLite file holds to PostgreSQL, while its servers go on firing."""
