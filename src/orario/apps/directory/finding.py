"""Finds users by a part of a name, whatever the case, on both databases."""

from sqlalchemy import ColumnElement, or_

from orario.apps.directory.tables import users

_NAMES = (users.c.username, users.c.email, users.c.display_name, users.c.department)


def named(search: str) -> ColumnElement[bool]:
    """SQLite knows upper and lower case of English letters only, so the usual ways to write it are all looked for."""
    ways = dict.fromkeys((search, search.lower(), search.upper(), search.title()))
    return or_(*(one.icontains(way, autoescape=True) for one in _NAMES for way in ways))
