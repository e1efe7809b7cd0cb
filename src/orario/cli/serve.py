"""The command `orario serve`: the engine, the API and the dashboard in one process."""

import gc
from typing import Annotated

from typer import Argument, Option

from orario.cli.loading import load_settings

# What imports make stays; to look through it for garbage again and again takes a tenth of the start.
_UNTIL_IMPORTED = 200_000


def serve(
    modules: Annotated[
        list[str] | None, Argument(metavar="[MODULE:APP]...", help="Apps of yours, importable from here.")
    ] = None,
    host: Annotated[str | None, Option("--host", help="Address to listen on (ORARIO_HOST, 127.0.0.1).")] = None,
    port: Annotated[
        int | None, Option("--port", help="Port to listen on, 0 for any free one (ORARIO_PORT, 8000).")
    ] = None,
    apps: Annotated[
        str | None, Option("--apps", help="Apps to load, separated by commas (ORARIO_APPS, all shipped ones).")
    ] = None,
    database_url: Annotated[
        str | None, Option("--database-url", help="Where all is kept (ORARIO_DATABASE_URL, sqlite:///orario.db).")
    ] = None,
) -> None:
    """Run Orario: fire jobs, answer the API, until SIGTERM or Ctrl-C; a second Ctrl-C quits at once."""
    gc.set_threshold(_UNTIL_IMPORTED)
    from orario.cli import serving  # a whole server: no other command should wait for its import

    settings = load_settings(host=host, port=port, apps=apps, database_url=database_url)
    serving.start(settings, modules or ())
