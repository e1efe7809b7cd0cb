"""Orario's settings as the command line reads them: the environment, and above it the options."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orario.cli.exits import Exit, Failure
from orario.core.errors import Invalid
from orario.core.zones import checked_zone
from orario.settings import Settings

_SQLITE = "sqlite:///"


def load_settings(**options: Any) -> Settings:
    """The settings; an option that was not given (None) leaves the word to the environment.

    A bad one ends the command with a sentence that names its variable, and does not repeat its value.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(**given)
        checked_zone(settings.timezone)
    except Invalid as error:
        raise Failure(Exit.INVALID, f"ORARIO_TIMEZONE is not valid: {error.problems[0].message}") from None
    except ValidationError as error:
        raise Failure(Exit.INVALID, *(_sentence(dict(one)) for one in error.errors())) from None
    return settings


def database_file(settings: Settings) -> Path | None:
    """The file that keeps everything; None where a database server does."""
    if not settings.database_url.startswith(_SQLITE):
        return None
    return Path(settings.database_url.removeprefix(_SQLITE).partition("?")[0]).absolute()


def require_database(settings: Settings) -> None:
    """End the command if the database is a file that is not there: looking must not make one."""
    file = database_file(settings)
    if file is not None and not file.exists():
        raise Failure(
            Exit.UNREACHABLE,
            f"There is no database at {file}: start one with `orario serve`, "
            "or say where it is with ORARIO_DATABASE_URL or ORARIO_URL",
        )


def _sentence(problem: dict[str, Any]) -> str:
    name = "_".join(str(step) for step in problem["loc"]).upper()
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"ORARIO_{name} is not valid: {message[:1].lower()}{message[1:]}"
