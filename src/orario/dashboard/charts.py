"""Charts as SVG, drawn here: bars, sparklines, progress and heat maps; colours are the style sheet's.

Widths are shares of the place that a chart gets, so that it fits a phone and a wall alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

_FLOOR = 3.0  # percent: what is there at all can be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its parts from the bottom up by tone, what is said of it, where a click leads."""

    parts: Mapping[str, float]
    title: str
    href: str | None = None
    mark: str = ""  # a further class: "ahead" for what is expected only

    @property
    def height(self) -> float:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a heat map."""

    value: float
    title: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a heat map."""

    label: str
    cells: Sequence[Cell] = field(default_factory=tuple)


def bars(found: Sequence[Bar], label: str, *, css: str = "bars", highest: float | None = None) -> Markup:
    """Bars side by side, parts upon each other."""
    top = max(highest or 0, *(bar.height for bar in found), 1e-9) if found else 1.0
    width = 100 / max(len(found), 1)
    drawn = Markup("").join(_bar(bar, at * width, width, top) for at, bar in enumerate(found))
    # Links inside an image would be out of reach for whoever does not see it.
    return _svg(css, label, drawn, "group" if any(bar.href for bar in found) else "img")


def _bar(bar: Bar, left: float, width: float, top: float) -> Markup:
    gap = width * 0.14
    drawn, base = Markup(""), 100.0
    for tone, value in bar.parts.items():
        if value <= 0:
            continue
        height = max(value / top * 100, _FLOOR)
        base -= height
        drawn += Markup('<rect class="{}" x="{:.2f}%" y="{:.2f}%" width="{:.2f}%" height="{:.2f}%"/>').format(
            f"t-{tone} {bar.mark}".strip(), left + gap, base, width - 2 * gap, height
        )
    # The whole column answers the pointer, however low the bar is.
    column = Markup('<rect class="column" x="{:.2f}%" y="0" width="{:.2f}%" height="100%"/>').format(left, width)
    return _with_title(column + drawn, bar.title, bar.href)


def sparkline(found: Sequence[Bar], label: str, places: int = 20) -> Markup:
    """A row of small bars, the latest at the right; places that are not filled stay empty."""
    empty = [Bar({}, "")] * max(places - len(found), 0)
    return bars([*empty, *found[-places:]], label, css="spark", highest=100)


def line(values: Sequence[float | None], label: str, *, css: str = "line") -> Markup:
    """A curve through values, with gaps where there are none; it is stretched to its place."""
    known = [value for value in values if value is not None]
    top = max(known, default=0) or 1.0
    step = 100 / max(len(values) - 1, 1)
    path, is_down = [], False
    for at, value in enumerate(values):
        if value is None:
            is_down = False
            continue
        path.append(f"{'L' if is_down else 'M'}{at * step:.2f} {100 - value / top * 96:.2f}")
        is_down = True
    drawn = Markup('<path d="{}" vector-effect="non-scaling-stroke"/>').format(" ".join(path))
    return Markup(
        '<svg class="chart {}" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(css, label, drawn)


def progress(done: int, total: int, failed: int = 0) -> Markup:
    """How far something has come; without a total, that it moves."""
    if total <= 0:
        text = f"{done:,} done" if done else "under way"
        return Markup(
            '<svg class="progress moving" role="img" aria-label="{}"><rect class="track" width="100%" height="100%"/>'
            '<rect class="t-busy runner" width="30%" height="100%"/></svg>'
        ).format(text)
    share = min(done / total, 1.0) * 100
    bad = min(failed / total, 1.0) * 100
    return Markup(
        '<svg class="progress" role="img" aria-label="{} of {}"><rect class="track" width="100%" height="100%"/>'
        '<rect class="t-busy" width="{:.1f}%" height="100%"/>'
        '<rect class="t-bad" width="{:.1f}%" height="100%"/></svg>'
    ).format(f"{done:,}", f"{total:,}", max(share, bad), bad)


def heat(rows: Sequence[Row], columns: Sequence[str], label: str) -> Markup:
    """A table of fields in five shades; it is a table for whoever cannot see it, too."""
    values = [cell.value for row in rows for cell in row.cells if cell.value > 0]
    shades = (min(values, default=0), max(values, default=0))
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(column) for column in columns)
    body = Markup("").join(_heat_row(row, *shades) for row in rows)
    return Markup(
        '<table class="heat"><caption class="unseen">{}</caption><thead><tr><td></td>{}</tr></thead>'
        "<tbody>{}</tbody></table>"
    ).format(label, head, body)


def _heat_row(row: Row, low: float, high: float) -> Markup:
    cells = Markup("").join(_heat_cell(cell, low, high) for cell in row.cells)
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(row.label, cells)


def _heat_cell(cell: Cell, low: float, high: float) -> Markup:
    # What is everywhere is the ground, not a collision: shades tell the least from the most.
    share = (cell.value - low) / (high - low) if high > low else 0.3
    shade = 0 if cell.value <= 0 else 1 + int(min(share, 1.0) * 4)
    inner = Markup('<span class="unseen">{}</span>').format(cell.title)
    if cell.href is not None:
        inner = Markup('<a href="{}" tabindex="-1">{}</a>').format(cell.href, inner)
    return Markup('<td class="h{}" title="{}">{}</td>').format(shade, cell.title, inner)


def _with_title(drawn: Markup, title: str, href: str | None) -> Markup:
    group = Markup("<g>{}{}</g>").format(drawn, Markup("<title>{}</title>").format(title) if title else "")
    return group if href is None else Markup('<a href="{}" tabindex="-1">{}</a>').format(href, group)


def _svg(css: str, label: str, drawn: Markup, role: str) -> Markup:
    return Markup('<svg class="chart {}" role="{}" aria-label="{}">{}</svg>').format(css, role, label, drawn)
