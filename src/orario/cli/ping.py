"""The command `orario ping`: says how work goes that is done here and watched by a server elsewhere."""

import time
from typing import Annotated
from uuid import uuid4

import httpx
from typer import Argument, Option
from typer import Exit as Leave

from orario.cli import show
from orario.cli.addresses import url_of
from orario.cli.client import URL, part, server_url
from orario.cli.exits import Exit, Failure
from orario.cli.loading import load_settings
from orario.cli.wrapping import run_wrapped

_PATIENCE = httpx.Timeout(10.0)
_PAUSES = (1.0, 3.0, 10.0)  # seconds between tries; a deploy of the server may take as long


def ping(
    id: Annotated[str, Argument(metavar="ID", help="The watched job's id, or its whole ping URL.")],
    command: Annotated[
        list[str] | None,
        Argument(metavar="[-- COMMAND...]", help="Run this, and say how it goes."),
    ] = None,
    start: Annotated[bool, Option("--start", help="Say that the work begins.")] = False,
    fail: Annotated[bool, Option("--fail", help="Say that it failed.")] = False,
    code: Annotated[int | None, Option("--exit-code", min=0, max=255, help="Say that it ended with this.")] = None,
    run: Annotated[str | None, Option("--run", help="A UUID that tells this run from overlapping ones.")] = None,
    output: Annotated[
        bool, Option("--output/--no-output", help="Send the end of what the command says, too.")
    ] = True,
) -> None:
    """Tell the server of a watched job how it goes; with a command, run it, and end with its own exit code.

    Needs no token. A server that cannot be reached keeps no command from running.
    """
    said = [word for word, is_said in (("start", start), ("fail", fail), (str(code), code is not None)) if is_said]
    if len(said) + bool(command) > 1:
        raise Failure(Exit.INVALID, "Give one of --start, --fail, --exit-code and a command, not several")
    url = _url(id)
    if not command:
        if why := _send(url, *said, run=run):
            raise Failure(Exit.UNREACHABLE, why)
        return
    rid = run or str(uuid4())
    _try(url, "start", run=rid)
    done = run_wrapped(command)
    _try(url, str(done.code & 0xFF), run=rid, words=done.tail if output else "", pauses=_PAUSES)
    raise Leave(done.code)


def _url(id: str) -> str:
    if id.startswith(("http://", "https://")):
        return id.rstrip("/")
    settings = load_settings()
    return f"{server_url() or url_of(settings.host, settings.port)}/ping/{part(id)}"


def _try(url: str, word: str, *, run: str, words: str = "", pauses: tuple[float, ...] = ()) -> None:
    """Send a ping, again if need be; the run id makes one of many."""
    why = _send(url, word, run=run, words=words)
    for pause in pauses:
        if why is None:
            return
        time.sleep(pause)
        why = _send(url, word, run=run, words=words)
    if why is not None:
        show.complain(f"{why}; the ping {word!r} is lost")


def _send(url: str, *word: str, run: str | None, words: str = "") -> str | None:
    """Why it did not go well; the URL stays out of it, for it lets ping."""
    try:
        answer = httpx.post(
            "/".join((url, *word)),
            params=None if run is None else {"rid": run},
            content=words.encode("utf-8", "replace"),
            timeout=_PATIENCE,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"No Orario server answers pings: {type(error).__name__}; {URL} says where one is"
    if answer.is_success:
        return None
    if answer.status_code == 404:
        return "The server knows no watched job of this id"
    return f"The server answered {answer.status_code} {answer.reason_phrase}"
