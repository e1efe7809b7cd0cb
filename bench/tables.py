"""The figures as tables: for the terminal, and for the page in docs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan

from rich.console import Console
from rich.table import Table

from bench.cases import PARTS
from bench.contenders import NAMES
from bench.launch import Result

Show = Callable[[Result], str]


@dataclass(frozen=True)
class Sheet:
    """One table, whoever draws it."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class _Column:
    heading: str
    show: Show


def sheets(results: Sequence[Result]) -> Iterator[Sheet]:
    """A table for each part that was measured."""
    for part, title in PARTS.items():
        rows = [one for one in results if one.case.part == part]
        if rows and rows[0].case.database == "postgresql":
            title += ", on PostgreSQL"
        if rows:
            yield _sheet(title, _columns(part), rows)
        if part == "api" and rows:
            yield from _requests(rows)


def _sheet(title: str, columns: Sequence[_Column], results: Sequence[Result]) -> Sheet:
    base = {one.case.label: one for one in results if one.case.contender == "orario"}
    headings = ["case", "system", *(column.heading for column in columns), "to Orario", ""]
    rows = [
        [
            one.case.label,
            NAMES[one.case.contender],
            *(column.show(one) for column in columns),
            _ratio(one, base.get(one.case.label)),
            _remark(one),
        ]
        for one in results
    ]
    kept = [at for at, _ in enumerate(headings) if at < 2 or any(row[at] for row in rows)]
    return Sheet(title, [headings[at] for at in kept], [[row[at] for at in kept] for row in rows])


_COMPARED = {"burst": "recorded", "steady": "p99", "crowd": "registered", "api": "", "pruning": ""}


def _ratio(one: Result, base: Result | None) -> str:
    """How many times Orario's figure this one is: of the time until recorded, of the lag's p99, of registering."""
    key = _COMPARED[one.case.part]
    if base is None or one is base or key not in one.figures or not base.figures.get(key):
        return ""
    ratio = one.figures[key] / base.figures[key]
    if isnan(ratio):
        return ""
    return f"{ratio:.2g}x" if ratio < 10 else f"{ratio:.0f}x"


def _remark(one: Result) -> str:
    twice = int(one.figures.get("twice", 0))
    return one.note or (f"{twice:,} fired twice" if twice else "")


def _number(key: str, heading: str, digits: int = 0, per: float = 1) -> _Column:
    def show(one: Result) -> str:
        value = one.figures.get(key, float("nan")) / per
        return "" if isnan(value) else f"{value:,.{digits}f}"

    return _Column(heading, show)


def _missed(prefix: str = "") -> _Column:
    def show(one: Result) -> str:
        missed, due = one.figures.get(f"{prefix}missed"), one.figures.get(f"{prefix}due")
        if missed is None or not due:
            return ""
        return f"{missed:,.0f} ({100 * missed / due:.1f} %)" if missed else "0"

    return _Column("missed", show)


def _cpu_each(one: Result) -> str:
    return f"{one.figures['cpu'] / one.case.size * 1e6:,.0f}" if "cpu" in one.figures else ""


def _lag(prefix: str = "") -> list[_Column]:
    return [_number(f"{prefix}{key}", f"lag {key}, ms", 1) for key in ("p50", "p99", "max")] + [_missed(prefix)]


def _columns(part: str) -> list[_Column]:
    memory = _number("memory", "MB")
    busy = _number("cpu_percent", "CPU %")
    if part == "burst":
        times = [_number("started", "all ran, s", 2), _number("recorded", "all recorded, s", 2)]
        return [*times, _number("cpu", "CPU s", 2), _Column("CPU µs each", _cpu_each), memory]
    if part == "steady":
        return [*_lag(), busy, memory]
    if part == "crowd":
        before = [_number("registered", "registered, s", 1), _number("ready", "process start to ready, s", 1)]
        return [*before, memory, _number("idle_percent", "idle CPU %", 2), *_lag("lag_")]
    if part == "pruning":
        return [*_lag(), _number("forgotten", "forgotten"), _number("rate", "a second"), busy, memory]
    return [*_lag(), busy, memory]


_KINDS = {
    "all": "all of them",
    "jobs": "GET jobs",
    "executions": "GET executions",
    "status": "GET status",
    "trigger": "POST trigger",
}


def _requests(results: Sequence[Result]) -> Iterator[Sheet]:
    for one in results:
        if one.case.requests and one.figures:
            answered = f"{one.figures['requests']:,.0f} answered, {one.figures['refused']:.0f} refused"
            rows = [
                [says, *(f"{one.figures[f'{kind}_{share}']:.1f}" for share in ("p50", "p99", "max"))]
                for kind, says in _KINDS.items()
            ]
            title = f"(d) how long an answer takes, {one.case.label}: {answered}"
            yield Sheet(title, ["request", "p50, ms", "p99, ms", "max, ms"], rows)


def draw(console: Console, sheet: Sheet) -> None:
    table = Table(title=sheet.title, title_justify="left")
    for at, heading in enumerate(sheet.headings):
        table.add_column(heading, justify="left" if at < 2 else "right", overflow="fold")
    before = ""
    for row in sheet.rows:
        if before and row[0] != before:
            table.add_section()
        table.add_row("" if row[0] == before else row[0], *row[1:])
        before = row[0]
    console.print(table)


def markdown(sheet: Sheet) -> str:
    lines = [sheet.headings, ["---"] * 2 + ["---:"] * (len(sheet.headings) - 2), *sheet.rows]
    return "\n".join(
        [f"### {sheet.title}", "", *("| " + " | ".join(_cell(one) for one in line) + " |" for line in lines)]
    )


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
