"""The benchmark: `python -m bench.run --help`; `make bench` runs all of it."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.cases import PARTS, PARTS_ON, Case, plan
from bench.contenders import NAMES, PEERS
from bench.contenders.databases import REDIS, SERVER
from bench.launch import Result, measure
from bench.machine import machine
from bench.page import write
from bench.tables import draw, sheets
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis

_SAID = "; ".join(f"on {database} {', '.join(names)}" for database, names in PEERS.items())


def main(
    database: Annotated[str, typer.Option(help=f"On which, of {', '.join(PEERS)}.")] = "sqlite",
    parts: Annotated[
        str | None, typer.Option(help=f"Which parts, of {', '.join(PARTS)}; else all there are.")
    ] = None,
    peers: Annotated[str | None, typer.Option(help=f"Beside which systems: {_SAID}; else all of them.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small sizes, to see that it works; no figures to tell.")
    ] = False,
    patience: Annotated[float, typer.Option(help="Seconds after which a step of a peer is given up.")] = 60,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there.")] = None,
    into_docs: Annotated[
        bool, typer.Option("--write", help="Write the tables into docs/reference/benchmarks.md.")
    ] = False,
) -> None:
    """Measure Orario beside its peers, each case in a process of its own."""
    [on] = _chosen(database, PEERS)
    wanted = _chosen(parts, PARTS_ON[on]), _chosen(peers, PEERS[on])
    with _serving(on) as server:
        about = machine(server)
        console = Console(stderr=True)
        console.print("\n".join(f"{name}: {value}" for name, value in about.items()), highlight=False)
        cases = list(plan(on, *wanted, quick=quick, patience=patience))
        results = [_measured(console, case, f"{number}/{len(cases)}") for number, case in enumerate(cases, 1)]
    for sheet in sheets(results):
        draw(Console(width=None if console.is_terminal else 200), sheet)
    if json_file:
        told = {"machine": about, "results": [asdict(result) for result in results]}
        json_file.write_text(json.dumps(told, indent=1) + "\n")
    if into_docs:
        write(about, results)


@contextmanager
def _serving(database: str) -> Iterator[str | None]:
    """The address of a PostgreSQL as others have it, which waits for the disk, with a Redis; SQLite needs nothing."""
    if database == "sqlite":
        yield None
        return
    with closing(PostgreSQL(is_careful=True)) as server, closing(Redis()) as redis:
        os.environ[SERVER], os.environ[REDIS] = server.url("postgres"), redis.url.removesuffix("/0")
        yield os.environ[SERVER]


def _chosen(text: str | None, known: Iterable[str]) -> list[str]:
    if text is None:
        return list(known)
    chosen = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in chosen if name not in known]:
        raise typer.BadParameter(f"there is no {unknown[0]}; known are {', '.join(known)}")
    return chosen


def _measured(console: Console, case: Case, place: str) -> Result:
    began = time.monotonic()
    result = measure(case)
    took = time.monotonic() - began
    said = result.note or ", ".join(f"{name} {value:.4g}" for name, value in result.figures.items())
    heading = f"[{place}, {took:.0f} s] {case.part}, {NAMES[case.contender]}, {case.label}:"
    console.print(heading, said, markup=False, highlight=False)
    return result


if __name__ == "__main__":
    typer.run(main)
