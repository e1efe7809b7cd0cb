"""Commands on notices: `orario notify list`, `show` and `test`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from typer import Argument, Option, Typer

from orario.cli import cells, show
from orario.cli.client import Client, connect, part
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import moment
from orario.cli.options import Json, Page, PerPage
from orario.cli.show import Column

PREFIX = "/api/v1/notify"
app = Typer()

COLUMNS = (
    Column("WHEN", cells.far("at"), is_whole=True),
    Column("CHANNEL", cells.field("channel")),
    Column("IS", cells.field("status"), is_whole=True),
    Column("TELLS", lambda row: row["subject"].removeprefix("[Orario] ")),
    Column("BECAUSE", cells.field("why"), min_width=show.WIDE),
    Column("ID", cells.field("id"), min_width=show.WIDER, is_whole=True),
)


@contextmanager
def notify() -> Iterator[Client]:
    """The API of the app."""
    with connect() as api:
        yield api.at(PREFIX)


@app.command("list", epilog="Example: orario notify list --job close_the_day --status suppressed")
def listing(
    status: Annotated[
        str | None, Option("--status", help="Only those: waiting, held, sent, suppressed or failed.")
    ] = None,
    channel: Annotated[str | None, Option("--channel", help="Only those to this channel.")] = None,
    kind: Annotated[str | None, Option("--kind", help="Only those of this, such as failure or slow.")] = None,
    job: Annotated[str | None, Option("--job", help="Only those about this job, by its slug.")] = None,
    execution: Annotated[str | None, Option("--execution", help="Only those about this execution.")] = None,
    digest: Annotated[str | None, Option("--digest", help="Only those that went out with this digest.")] = None,
    since: Annotated[str | None, Option("--since", metavar="MOMENT", help="Not before.")] = None,
    page: Page = 1,
    per_page: PerPage = 20,
    json: Json = False,
) -> None:
    """List the notices, the newest first: what was told, to whom, and why something was not."""
    with notify() as api:
        answer = api.get(
            "/notices",
            status=status,
            channel=channel,
            kind=kind,
            job=job,
            execution=execution,
            digest=digest,
            since=moment("--since", since),
            page=page,
            per_page=per_page,
        )
    show.as_json(answer) if json else show.table(COLUMNS, answer["notices"], empty="No notices.")


@app.command("show", epilog="Example: orario notify show 255e811a-8c06-5958-859d-a691bac2ff80")
def details(
    notice: Annotated[str, Argument(metavar="NOTICE", help="The notice's id.")],
    json: Json = False,
) -> None:
    """Show a notice with its text, and what became of it."""
    with notify() as api:
        answer = api.get(f"/notices/{part(notice)}")
    if json:
        show.as_json(answer)
        return
    show.details(
        [
            ("Notice", answer["id"]),
            ("Channel", answer["channel"]),
            ("Rule", answer["rule"]),
            ("Status", answer["status"]),
            ("Because", answer["why"]),
            ("Held until", cells.when(answer["releaseAt"])),
            ("Sent", cells.when(answer["sentAt"])),
            ("Sent by", answer["deliveryId"]),
            ("With digest", answer["digestId"]),
        ]
    )
    show.line(f"\n{answer['text'].rstrip()}")


@app.command(epilog="Example: orario notify test ops")
def test(
    channel: Annotated[str, Argument(metavar="CHANNEL", help="The channel's name.")],
    json: Json = False,
) -> None:
    """Send a test notice to a channel now, and say how it went."""
    with notify() as api:
        answer = api.post(f"/channels/{part(channel)}/test")
    if json:
        show.as_json(answer)
    elif answer["isSent"]:
        show.line(f"{channel} took it, in {answer['tookSeconds']:.1f} s.")
    if not answer["isSent"]:
        raise Failure(Exit.FAILED, f"{channel} did not take it: {answer['error']}")
