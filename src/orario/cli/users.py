"""Commands on people: `orario users list`, `create`, `change`, `delete`, `link` and `sign-out`."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer import Argument, Option, Typer

from orario.cli import cells, show
from orario.cli.addresses import url_of
from orario.cli.client import connect, part
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import confirm, read_file
from orario.cli.loading import load_settings
from orario.cli.options import Json, Yes
from orario.cli.show import Column
from orario.service.people import Role

app = Typer()


def _way_of(row: Mapping[str, Any]) -> str:
    if row["isBlocked"]:
        return "blocked"
    return "password" if row["hasPassword"] else "link"


COLUMNS = (
    Column("NAME", cells.field("name"), is_whole=True),
    Column("ROLE", cells.field("role")),
    Column("COMES IN BY", _way_of),
    Column("SIGNED IN", cells.far("signedInAt"), is_whole=True),
    Column("CREATED", cells.far("createdAt"), is_whole=True),
    Column("ID", cells.field("id"), is_whole=True),
)
Name = Annotated[str, Argument(metavar="NAME", help="The user's name or id.")]
Asked = Annotated[bool, Option("--password", help="Ask for a password, or read it from standard input.")]


@app.command("list", epilog="Example: orario users list")
def listing(json: Json = False) -> None:
    """List the people who may sign in to the dashboard."""
    with connect() as api:
        answer = api.get("/users")
    if json:
        show.as_json(answer)
    else:
        show.table(COLUMNS, answer["users"], empty="No users: orario users create NAME --role admin makes one.")


@app.command(epilog="Example: orario users create ada --role operator")
def create(
    name: Annotated[str, Argument(metavar="NAME", help="What they sign in with.")],
    role: Annotated[Role, Option("--role", help="What they may do: read, also run and pause, or all.")],
    password: Asked = False,
    json: Json = False,
) -> None:
    """Create a user. Without a password, `orario users link NAME` lets them in first."""
    body = {"name": name, "role": role} | ({"password": _password()} if password else {})
    with connect(create=True) as api:
        answer = api.post("/users", body)
    then = "" if password else f"; `orario users link {answer['name']}` prints a link that lets them in"
    show.as_json(answer) if json else show.line(f"{answer['name']} may come in{then}.")


@app.command(epilog="Example: orario users change ada --role admin")
def change(
    name: Name,
    role: Annotated[Role | None, Option("--role", help="What they may do.")] = None,
    block: Annotated[bool | None, Option("--block/--unblock", help="Whether they are kept out.")] = None,
    password: Asked = False,
    json: Json = False,
) -> None:
    """Change a user's role or password, or keep them out."""
    body = {"role": role, "isBlocked": block, "password": _password() if password else None}
    wanted = {key: value for key, value in body.items() if value is not None}
    if not wanted:
        raise Failure(Exit.INVALID, "Say what is to change: --role, --block, --unblock or --password")
    with connect() as api:
        answer = api.ask("PATCH", f"/users/{part(name)}", body=wanted)
    show.as_json(answer) if json else show.line(f"{answer['name']} is changed.")


@app.command(epilog="Example: orario users delete ada")
def delete(name: Name, yes: Yes = False, json: Json = False) -> None:
    """Delete a user and end their sessions; what they did stays in the audit trail."""
    confirm(f"Delete {name}?", yes)
    with connect() as api:
        answer = api.delete(f"/users/{part(name)}")
    show.as_json(answer) if json else show.line(f"{name} is deleted.")


@app.command(epilog="Example: orario users link ada")
def link(name: Name, json: Json = False) -> None:
    """Print a link that lets a user in once, for a quarter of an hour, and nothing else."""
    with connect() as api:
        answer = api.post(f"/users/{part(name)}/link")
        where = api.where if api.where.startswith("http") else _address()
    show.as_json(answer) if json else print(f"{where.rstrip('/')}{answer['path']}")


@app.command("sign-out", epilog="Example: orario users sign-out ada")
def sign_out(name: Name, json: Json = False) -> None:
    """End a user's sessions, everywhere and at once."""
    with connect() as api:
        answer = api.delete(f"/users/{part(name)}/sessions")
    count = answer["sessions"]
    ended = f"{count} session{'' if count == 1 else 's'} of {name} ended."
    show.as_json(answer) if json else show.line(ended)


def _address() -> str:
    """Where the server is, as its settings here say."""
    settings = load_settings()
    return settings.public_url or url_of(settings.host, settings.port)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True))
    return read_file("-").removesuffix("\n").removesuffix("\r")
