"""`orario init APP`: writes the jobs that call an app, wherever it runs, with their secret and their notices."""

from typing import Annotated

from typer import Argument, Option

from orario.cli.options import Json


def init(
    app: Annotated[str, Argument(metavar="APP", help="The app's name, or module:app.")],
    base_url: Annotated[str, Option("--base-url", metavar="URL", help="Where the app answers, without its paths.")],
    secret_file: Annotated[
        str | None, Option("--secret-file", metavar="FILE", help="Read the secret from a file; - is standard input.")
    ] = None,
    new_secret: Annotated[
        bool, Option("--new-secret", help="Make a secret, and print it once: the app has to know it too.")
    ] = False,
    wishes: Annotated[
        list[str] | None, Option("--set", metavar="NAME=VALUE", help="Another answer of the app's; repeatable.")
    ] = None,
    print_only: Annotated[bool, Option("--print", help="Print the jobs as YAML; write nothing.")] = False,
    json: Json = False,
) -> None:
    """Write the jobs that call an app, with a secret they refer to and rules on notices. Again, it changes what is
    there. The secret comes from a file, from the variable that the app names, or is asked for; it is no argument."""
    from orario.cli import beginning  # a whole Orario: no other command should wait for its import

    beginning.carry_out(
        app, base_url, wishes or [], secret_file, new_secret=new_secret, print_only=print_only, json=json
    )
