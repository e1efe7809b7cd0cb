"""Moves a living Orario from its SQLite file to PostgreSQL."""
