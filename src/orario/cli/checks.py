"""What `orario doctor` looks at on this machine, one finding per thing."""

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import available_timezones

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from orario.core.clock import SystemClock
from orario.core.errors import OrarioError
from orario.settings import Settings
from orario.store import instances, leases, migrating
from orario.store.database import Database


class Verdict(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing, and what to do next unless it is well."""

    verdict: Verdict
    what: str
    sentence: str
    advice: str = ""


_LITTLE, _NOTHING = 1024**3, 100 * 1024**2  # bytes of free disk
_FEW_ZONES = 400  # the time zone data of any year has about 600
_CLOCK_SLACK = timedelta(seconds=5)


def ok(what: str, sentence: str) -> Finding:
    return Finding(Verdict.OK, what, sentence)


def warn(what: str, sentence: str, advice: str) -> Finding:
    return Finding(Verdict.WARN, what, sentence, advice)


def fail(what: str, sentence: str, advice: str) -> Finding:
    return Finding(Verdict.FAIL, what, sentence, advice)


def check_zones() -> Finding:
    """Whether schedules find their time zones."""
    count = len(available_timezones())
    if count < _FEW_ZONES:
        return fail("time zones", f"only {count} are known", "Install the package tzdata.")
    try:
        return ok("time zones", f"{count} are known, tzdata {version('tzdata')}")
    except PackageNotFoundError:
        return ok("time zones", f"{count} are known, from this system")


def check_key(settings: Settings, file: Path | None) -> Finding:
    """Whether the key of stored secrets is nobody else's."""
    key = Path("orario.key") if file is None else file.with_name(file.name + ".key")
    if not key.exists():
        if settings.key:
            return ok("key", "set by ORARIO_KEY")
        return warn(
            "key", f"there is none at {key} yet", "The first start makes it; keep a copy apart from the data."
        )
    mode = stat.S_IMODE(key.stat().st_mode)
    if mode & 0o077:
        return fail("key", f"{key} can be read by others (mode {mode:03o})", f"chmod 600 {key}")
    return ok("key", f"{key}, mode {mode:03o}")


def check_disk(file: Path | None) -> Finding:
    """Whether the ledger has room to grow."""
    folder = Path.cwd() if file is None else file.parent
    free = shutil.disk_usage(folder).free
    sentence = f"{free / 1024**3:.1f} GiB free at {folder}"
    if free < _NOTHING:
        return fail("disk", sentence, "Make room: nothing can be recorded on a full disk.")
    return ok("disk", sentence) if free > _LITTLE else warn("disk", sentence, "Make room before it runs out.")


def check_database(database: Database, heartbeat: float) -> Iterator[Finding]:
    """Reachable, writable, of this code's schema, on the same time, and led by somebody."""
    try:
        with database.writing() as connection:
            connection.execute(text("SELECT 1"))
            _require_writable(connection)
        yield ok("database", f"{database.url} can be read and written")
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        yield fail(
            "database", f"{database.url}: {reason}", "Is ORARIO_DATABASE_URL right, and may this user write there?"
        )
        return
    with database.reading() as connection:
        schema = check_schema(connection)
        yield schema
        if schema.verdict is Verdict.OK:
            now = SystemClock().now()
            yield check_clock(connection, now)
            yield check_leader(connection, now, heartbeat)


def _require_writable(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        if connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
            raise OSError("it is a read-only replica")
    else:
        # Nothing is changed by it, but a file that cannot be written refuses.
        connection.execute(text("PRAGMA user_version = 0"))


def check_schema(connection: Connection) -> Finding:
    """Whether the tables are those of this code."""
    present, wanted = migrating.version(connection), migrating.newest()
    if present == wanted:
        return ok("schema", f"version {present}")
    if present is None:
        return warn("schema", "the database is empty", "`orario db migrate` or the first start makes the tables.")
    return fail("schema", f"version {present}, this Orario wants {wanted}", "`orario db migrate`, or another Orario.")


def check_clock(connection: Connection, now: datetime) -> Finding:
    """Whether this machine's clock agrees with the database's, or with what was last written to it."""
    if connection.dialect.name == "postgresql":
        away = abs(connection.execute(text("SELECT clock_timestamp()")).scalar_one() - now)
    else:
        beats = [one.beat_at - now for one in instances.living(connection)]
        away = max([timedelta(0), *beats])
    if away > _CLOCK_SLACK:
        return fail(
            "clock", f"{away.total_seconds():.0f} s off the database's", "Let NTP set the clock of both machines."
        )
    return ok("clock", "agrees with the database")


def check_leader(connection: Connection, now: datetime, heartbeat: float) -> Finding:
    """Whether anybody fires the jobs."""
    lease = leases.read(connection)
    holder = (
        {one.id: one for one in instances.living(connection)}.get(lease.holder) if lease and lease.holder else None
    )
    if holder is None:
        return warn("leader", "no instance leads, so nothing fires", "Start one with `orario serve`.")
    silent = now - holder.beat_at
    name = f"{holder.hostname}, process {holder.pid}"
    if silent > timedelta(seconds=4 * heartbeat):
        return warn(
            "leader", f"{name} has been silent for {silent.total_seconds():.0f} s", "Is it still alive? Restart it."
        )
    return ok("leader", name)


def guarded(what: str, check: Callable[[], Finding]) -> Finding:
    """A check that breaks is a finding, too."""
    try:
        return check()
    except (OSError, OrarioError) as error:
        return fail(what, str(error), "See to that first.")


def check_whole(database: Database) -> Finding:
    """Whether a database file is intact; a database server sees to that itself."""
    if database.path is None:
        return ok("file", "kept by the database server")
    try:
        with database.reading() as connection:
            said = connection.execute(text("PRAGMA integrity_check(1)")).scalar_one()
    except DatabaseError as error:
        said = error.orig
    if said == "ok":
        return ok("file", "is intact")
    return fail("file", str(said), "Stop Orario and go back to a backup.")
