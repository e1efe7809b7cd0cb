"""The command `orario db verify`: whether the database keeps Orario's promises, and mending it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Annotated

from typer import Option, Typer

from orario.cli import checks
from orario.cli.bars import Bar, bar
from orario.cli.checks import Finding, Verdict, fail, ok
from orario.cli.findings import report
from orario.cli.opening import Opened, opened
from orario.cli.options import Json
from orario.core.clock import SystemClock
from orario.service.integrity.faults import Fault
from orario.service.integrity.verifying import CHECKS, Verifier

app = Typer()

_MOST = 50  # faults of one kind that are told one by one
_MOST_MENDED = 100_000


@app.command(epilog="Example: orario db verify --repair")
def verify(
    repair: Annotated[bool, Option("--repair", help="Mend what can be mended.")] = False,
    days: Annotated[float, Option("--days", min=0, help="Go through the ledger of so many days.")] = 7,
    json: Json = False,
) -> None:
    """Check that the database is whole, and that every due moment, execution and counter is as Orario promises."""
    with opened() as one:
        report(_findings(one, repair, days), json)


def _findings(one: Opened, repair: bool, days: float) -> Iterator[Finding]:
    seen = [*checks.check_database(one.database, one.settings.heartbeat_seconds), checks.check_whole(one.database)]
    yield from seen
    sound = {finding.what for finding in seen if finding.verdict is Verdict.OK}
    if not {"schema", "file"} <= sound:  # there are no tables to look into, or none to trust
        return
    from orario.cli import apptables  # all apps: no other command here should wait for their import

    schemas, findings = apptables.check(one.database, one.settings)
    yield from findings
    living = [instance.id for instance in one.users()]
    tables = tuple(schema.tables for schema in schemas)
    verifier = Verifier(one.database, SystemClock(), timedelta(days=days), living, tables)
    with bar("looking") as progress:
        yield from _kind(verifier, "indexes", "all are there", verifier.indexes(), repair)
        for at, (name, (promise, _)) in enumerate(CHECKS.items()):
            yield from _looked(progress, verifier, at, name, promise, repair)


def _looked(progress: Bar, verifier: Verifier, at: int, name: str, promise: str, repair: bool) -> list[Finding]:
    progress.title(promise)
    progress.tell(at, len(CHECKS))
    return list(_kind(verifier, name, promise, verifier.check(name), repair))


def _kind(verifier: Verifier, name: str, promise: str, faults: Iterator[Fault], repair: bool) -> Iterator[Finding]:
    told = 0
    for fault in islice(faults, _MOST_MENDED):
        told += 1
        mended = repair and verifier.mend(fault)
        if told <= _MOST:
            yield _finding(fault, mended)
    if told > _MOST:
        yield fail(name, f"and {told - _MOST:,} more" + (", mended where they could be" if repair else ""), "")
    if not told:
        yield ok(name, promise)


def _finding(fault: Fault, mended: bool) -> Finding:
    if mended:
        return Finding(Verdict.WARN, fault.check, f"{fault.sentence}: mended")
    can = fault.mend is not None
    return fail(fault.check, fault.sentence, "`orario db verify --repair` mends it." if can else "")
