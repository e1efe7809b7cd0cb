"""The benchmark: `python -m bench.run --help`; `make bench` runs all of it."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.cases import PARTS, Case, plan
from bench.contenders import NAMES
from bench.launch import Result, measure
from bench.machine import machine
from bench.page import write
from bench.tables import draw, sheets

_PEERS = [name for name in NAMES if name != "orario"]


def main(
    parts: Annotated[str, typer.Option(help=f"Which parts, of {', '.join(PARTS)}.")] = ",".join(PARTS),
    peers: Annotated[str, typer.Option(help=f"Beside which systems, of {', '.join(_PEERS)}.")] = ",".join(_PEERS),
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
    about = machine()
    console = Console(stderr=True)
    console.print("\n".join(f"{name}: {value}" for name, value in about.items()), highlight=False)
    cases = list(plan(_chosen(parts, list(PARTS)), _chosen(peers, _PEERS), quick=quick, patience=patience))
    results = [_measured(console, case, f"{number}/{len(cases)}") for number, case in enumerate(cases, 1)]
    for sheet in sheets(results):
        draw(Console(width=None if console.is_terminal else 200), sheet)
    if json_file:
        told = {"machine": about, "results": [asdict(result) for result in results]}
        json_file.write_text(json.dumps(told, indent=1) + "\n")
    if into_docs:
        write(about, results)


def _chosen(text: str, known: list[str]) -> list[str]:
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
