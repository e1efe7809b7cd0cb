"""Writes figures into docs/reference/benchmarks.md, part by part."""

from collections.abc import Sequence

from bench.cases import PARTS
from bench.launch import ROOT, Result
from bench.tables import markdown, sheets

PAGE = ROOT / "docs" / "reference" / "benchmarks.md"


def write(about: dict[str, str], results: Sequence[Result]) -> None:
    """What was measured takes the place of what stood there of the same part."""
    text = PAGE.read_text()
    for part in PARTS:
        if measured := [one for one in results if one.case.part == part]:
            on = measured[0].case.database
            text = _put(text, part if on == "sqlite" else f"{part} on {on}", about, measured)
    PAGE.write_text(text)


def _put(text: str, part: str, about: dict[str, str], results: Sequence[Result]) -> str:
    start, end = f"<!-- figures of {part} -->", f"<!-- end of {part} -->"
    before, _, rest = text.partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{PAGE.name} has no place for the figures of {part}")
    facts = "; ".join(f"{name}: {value}" for name, value in about.items())
    title, *more = [markdown(sheet) for sheet in sheets(results)]
    heading, _, table = title.partition("\n\n")
    return before + "\n\n".join([start, heading, facts, table, *more, end]) + after
