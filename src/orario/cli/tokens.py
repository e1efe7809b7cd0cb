"""Commands on tokens: `orario tokens list`, `create` and `revoke`."""

from typing import Annotated

from typer import Argument, Option, Typer

from orario.cli import cells, show
from orario.cli.client import connect, part
from orario.cli.inputs import from_now
from orario.cli.options import Json
from orario.cli.show import Column
from orario.service.people import Role

app = Typer()

COLUMNS = (
    Column("ID", cells.field("id"), is_whole=True),
    Column("NAME", cells.field("name")),
    Column("ROLE", cells.field("role")),
    Column("LAST USED", cells.far("lastUsedAt"), is_whole=True),
    Column("EXPIRES", cells.far("expiresAt"), is_whole=True),
    Column("REVOKED", cells.far("revokedAt"), is_whole=True),
)


@app.command("list", epilog="Example: orario tokens list")
def listing(json: Json = False) -> None:
    """List the tokens; what they are is known only to those who have them."""
    with connect() as api:
        answer = api.get("/tokens")
    if json:
        show.as_json(answer)
    else:
        show.table(COLUMNS, answer["tokens"], empty="No tokens: orario tokens create NAME --role admin makes one.")


@app.command(epilog="Example: orario tokens create ci --role operator --expires 30d")
def create(
    name: Annotated[str, Argument(metavar="NAME", help="Whose it is, or what for.")],
    role: Annotated[Role, Option("--role", help="What it may do: read, also run and pause, or all.")],
    expires: Annotated[
        str | None, Option("--expires", metavar="LENGTH", help="How long it is good for, such as 30d.")
    ] = None,
    json: Json = False,
) -> None:
    """Create a token and print it, this once and nothing else."""
    body = {"name": name, "role": role, "expiresAt": from_now("--expires", expires)}
    with connect(create=True) as api:
        answer = api.post("/tokens", {key: value for key, value in body.items() if value is not None})
    show.as_json(answer) if json else print(answer["token"])


@app.command(epilog="Example: orario tokens revoke 0190a6f2-8c1e-7d3a-9f00-3c5b1e2d4a6f")
def revoke(
    token: Annotated[str, Argument(metavar="ID", help="The token's id or name, as `tokens list` shows it.")],
    json: Json = False,
) -> None:
    """Revoke a token at once."""
    with connect() as api:
        answer = api.delete(f"/tokens/{part(token)}")
    show.as_json(answer) if json else show.line(f"{token} is revoked.")
