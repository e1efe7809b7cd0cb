"""Charts as SVG, drawn here: bars, sparklines, progress and heat maps; colours are the style sheet's.

Widths are shares of the place that a chart gets, so that it fits a phone and a wall alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

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
    # The whole column of a large chart answers the pointer, however low the bar is.
    drawn = "".join(_bar(bar, at * width, width, top, css != "spark") for at, bar in enumerate(found))
    # Links inside an image would be out of reach for whoever does not see it.
    return _svg(css, label, drawn, "group" if any(bar.href for bar in found) else "img")


def _bar(bar: Bar, left: float, width: float, top: float, has_column: bool) -> str:
    # Plain text, for lists draw thousands: titles and addresses are escaped, the rest is ours.
    gap, base = width * 0.14, 100.0
    drawn = f'<rect class="column" x="{left:.2f}%" y="0" width="{width:.2f}%" height="100%"/>' if has_column else ""
    for tone, value in bar.parts.items():
        if value > 0:
            height = max(value / top * 100, _FLOOR)
            base -= height
            drawn += (
                f'<rect class="t-{tone}{bar.mark and " " + bar.mark}" x="{left + gap:.2f}%" y="{base:.1f}%"'
                f' width="{width - 2 * gap:.2f}%" height="{height:.1f}%"/>'
            )
    title = f"<title>{escape(bar.title)}</title>" if bar.title else ""
    if bar.href is not None:
        return f'<a href="{escape(bar.href)}" tabindex="-1">{drawn}{title}</a>'
    return f"<g>{drawn}{title}</g>" if drawn else ""


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
    low, high = min(values, default=0), max(values, default=0)
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(_heat_row(row, low, high) for row in rows)
    return Markup(
        f'<table class="heat"><caption class="unseen">{escape(label)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _heat_row(row: Row, low: float, high: float) -> str:
    cells = "".join(_heat_cell(cell, low, high) for cell in row.cells)
    return f'<tr><th scope="row">{escape(row.label)}</th>{cells}</tr>'


def _heat_cell(cell: Cell, low: float, high: float) -> str:
    # What is everywhere is the ground, not a collision: shades tell the least from the most.
    share = (cell.value - low) / (high - low) if high > low else 0.3
    shade = 0 if cell.value <= 0 else 1 + int(min(share, 1.0) * 4)
    title = escape(cell.title)
    inner = f'<span class="unseen">{title}</span>'
    if cell.href is not None:
        inner = f'<a href="{escape(cell.href)}" tabindex="-1">{inner}</a>'
    return f'<td class="h{shade}" title="{title}">{inner}</td>'


def _svg(css: str, label: str, drawn: str, role: str) -> Markup:
    return Markup(f'<svg class="chart {css}" role="{role}" aria-label="{escape(label)}">{drawn}</svg>')
