"""The tables of the apps that a server on these settings would load."""

from collections.abc import Iterator

from orario.cli.checks import Finding, fail, ok, warn
from orario.core.errors import Misconfigured
from orario.runtime import load_apps, schemas_of
from orario.settings import Settings
from orario.store.appschema import AppSchema, behind, migrate_apps
from orario.store.database import Database


def schemas(settings: Settings) -> list[AppSchema]:
    """Raises Misconfigured for an app that cannot be loaded."""
    return schemas_of(load_apps(settings.apps))


def migrate(database: Database, settings: Settings) -> list[AppSchema]:
    """Bring them up to date."""
    found = schemas(settings)
    with database.writing() as connection:
        migrate_apps(connection, found)
    return found


def check(database: Database, settings: Settings) -> tuple[list[AppSchema], list[Finding]]:
    """Whether each is what its app's code speaks of; and those whose indexes can be looked for."""
    try:
        found = schemas(settings)
    except Misconfigured as error:
        return [], [warn("apps", error.message, "Name the apps of this database in ORARIO_APPS.")]
    with database.reading() as connection:
        late = {one.app: present for one, present in behind(connection, found)}
    findings = list(_complaints(found, late))
    return [one for one in found if one.app not in late], findings or [
        ok("apps", "their tables are those of the code")
    ]


def _complaints(found: list[AppSchema], late: dict[str, str | None]) -> Iterator[Finding]:
    for one in found:
        if one.app not in late:
            continue
        present = late[one.app]
        if present is None:
            yield warn(
                "apps", f"{one.app} has no tables yet", "`orario db migrate` or the next start with it makes them."
            )
        else:
            sentence = f"{one.app} has tables of version {present}, its code wants {one.newest}"
            yield fail("apps", sentence, "`orario db migrate`, or another release of it.")
