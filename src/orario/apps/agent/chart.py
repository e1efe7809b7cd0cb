"""Draws the chart of the daily report: messages by the hour, as SVG."""

from collections.abc import Sequence
from datetime import datetime, timedelta

_WIDTH, _HEIGHT = 640, 220
_LEFT, _TOP, _BOTTOM = 40, 34, 30
_BLUE, _GREY = "#2563eb", "#6b7280"


def draw(hours: Sequence[int], start: datetime, title: str) -> str:
    """Bars from left to right; `start` is when the first of these hours begins, as it is to be shown."""
    most = max([*hours, 1])
    step = (_WIDTH - _LEFT - 10) / max(len(hours), 1)
    room = _HEIGHT - _TOP - _BOTTOM
    bars = []
    for at, count in enumerate(hours):
        height = room * count / most
        x, y = _LEFT + at * step, _TOP + room - height
        clock = f"{start + timedelta(hours=at):%H:%M}"
        bars.append(
            f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{height:.1f}" rx="2" fill="{_BLUE}">'
            f"<title>{clock}: {count}</title></rect>"
        )
        if at % 4 == 0:
            bars.append(_text(x + step / 2, _HEIGHT - 10, clock, "middle"))
    base = _TOP + room
    frame = (
        f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - 10}" y2="{base}" stroke="{_GREY}"/>'
        f"{_text(_LEFT - 6, _TOP + 4, str(most), 'end')}{_text(_LEFT - 6, base + 4, '0', 'end')}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="{_LEFT}" y="18" font-size="14" font-weight="bold" fill="#111827">{title}</text>'
        f"{frame}{''.join(bars)}</svg>\n"
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{_GREY}" text-anchor="{anchor}">{words}</text>'
