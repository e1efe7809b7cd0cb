"""Backups: made while jobs fire, verified, listed, downloaded, and the old ones deleted."""
