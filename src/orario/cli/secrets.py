"""Commands on named secrets: `orario secrets list`, `show`, `set`, `delete` and `rotate`."""

import sys
from typing import Annotated

import typer
from typer import Argument, Option, Typer

from orario.cli import cells, show
from orario.cli.client import connect, part
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import read_file
from orario.cli.options import Json, Page, PerPage
from orario.cli.show import Column

app = Typer()

COLUMNS = (
    Column("SECRET", cells.field("name"), is_whole=True),
    Column("JOBS", lambda row: str(row["usedByCount"]), is_number=True),
    Column("LAST USED", cells.far("lastUsedAt"), is_whole=True),
    Column("SET", cells.far("updatedAt"), is_whole=True),
    Column("BY", cells.field("updatedBy")),
    Column("IS", cells.field("description")),
)
Name = Annotated[str, Argument(metavar="NAME", help="The secret's name.")]


@app.command("list", epilog="Example: orario secrets list")
def listing(page: Page = 1, per_page: PerPage = 50, json: Json = False) -> None:
    """List the secrets, and how many jobs refer to each; their values are shown to nobody."""
    with connect() as api:
        answer = api.get("/secrets", page=page, per_page=per_page)
    if json:
        show.as_json(answer)
        return
    show.table(COLUMNS, answer["secrets"], empty="No secrets: orario secrets set NAME makes one.")
    show.more(answer["total"], page, per_page)


@app.command("show", epilog="Example: orario secrets show till_token")
def details(name: Name, json: Json = False) -> None:
    """Show what may be known of a secret, and which jobs refer to it."""
    with connect() as api:
        answer = api.get(f"/secrets/{part(name)}")
    if json:
        show.as_json(answer)
        return
    pairs = [(column.title.capitalize(), column.cell(answer)) for column in COLUMNS if column.title != "JOBS"]
    show.details([*pairs, ("Jobs", "\n".join(answer["usedBy"]))])


@app.command("set", epilog="Example: orario secrets set till_token < token.txt")
def put(
    name: Name,
    file: Annotated[
        str | None, Option("--file", metavar="FILE", help="Read the value from a file; - is standard input.")
    ] = None,
    description: Annotated[str | None, Option("--description", help="What it is for.")] = None,
    keep: Annotated[bool, Option("--keep", help="Leave the value as it is; only describe it.")] = False,
    json: Json = False,
) -> None:
    """Set a secret, new or not. Its value is asked for, or read from a file or standard input; one line end after
    it is left away. It is no argument, for everybody on the machine sees those."""
    body = {} if description is None else {"description": description}
    if not keep:
        body["value"] = _value(name, file)
    with connect(create=True) as api:
        answer = api.put(f"/secrets/{part(name)}", body)
    show.as_json(answer) if json else show.line(f"{name} is set.")


@app.command(epilog="Example: orario secrets delete till_token")
def delete(
    name: Name,
    force: Annotated[bool, Option("--force", help="Also while jobs refer to it; their attempts then fail.")] = False,
    json: Json = False,
) -> None:
    """Delete a secret to which no job refers."""
    with connect() as api:
        answer = api.ask("DELETE", f"/secrets/{part(name)}", params={"force": True} if force else None)
    show.as_json(answer) if json else show.line(f"{name} is deleted.")


@app.command(epilog="Example: ORARIO_KEY=new,old orario secrets rotate")
def rotate(json: Json = False) -> None:
    """Encrypt all that is stored encrypted with the first key of ORARIO_KEY, so that the others can go."""
    with connect() as api:
        answer = api.post("/secrets/rotate")
    if json:
        show.as_json(answer)
    else:
        rest = "" if answer["unreadable"] else "; the first key opens everything now"
        show.line(f"{answer['renewed']} values were encrypted anew{rest}.")
    if answer["unreadable"]:
        places = ", ".join(answer["unreadable"][:5])
        raise Failure(Exit.FAILED, f"{len(answer['unreadable'])} values are opened by none of the keys: {places}")


def _value(name: str, file: str | None) -> str:
    if file is None and sys.stdin.isatty():
        found = str(typer.prompt(name, hide_input=True, confirmation_prompt="Once more", err=True))
    else:
        found = read_file(file or "-")
    value = found.removesuffix("\n").removesuffix("\r")
    if not value:
        raise Failure(Exit.INVALID, "The value is empty")
    return value
