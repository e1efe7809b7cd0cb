"""Makes a message of facts: a subject, a text, the same as HTML, and the JSON that webhooks are sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orario.apps.notify import advice
from orario.apps.notify.words import Kind, Severity

LISTED = 50  # notices that a digest names one by one
_SUBJECT = 200
_COLOURS = {"info": "#2e7d32", "warning": "#b26a00", "error": "#c62828", "critical": "#8e0000"}
_LABELS = {"dueAt": "Due", "startedAt": "Started", "finishedAt": "Ended"}

Row = tuple[str, str]


@dataclass(frozen=True)
class Message:
    """What is sent, in every form that a channel may want."""

    subject: str
    text: str
    html: str
    data: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"subject": self.subject, "text": self.text, "html": self.html, "data": dict(self.data)}


def subject_of(facts: Mapping[str, Any]) -> str:
    """One line: what happened, and the first words of the error."""
    error = (facts.get("error") or "").partition("\n")[0]
    said = facts["sentence"].rstrip(".")
    whole = f"[Orario] {said}: {error}" if error else f"[Orario] {said}"
    return whole if len(whole) <= _SUBJECT else whole[: _SUBJECT - 1] + "…"


def compose(key: str, kind: Kind, severity: Severity, facts: Mapping[str, Any], public_url: str) -> Message:
    """The message of a notice."""
    link, commands = _link(facts, public_url), advice.commands(kind, facts)
    rows = list(_rows(facts))
    subject = subject_of(facts)
    data = {
        "id": key,
        "kind": kind.value,
        "severity": severity.value,
        "subject": subject,
        **{name: value for name, value in facts.items() if name not in ("kind", "timezone")},
        "link": link,
        "next": {"sentence": advice.sentence(kind), "commands": commands},
    }
    return Message(
        subject,
        _text(kind, facts, rows, commands, link),
        _html(kind, severity, facts, rows, commands, link),
        data,
    )


def _rows(facts: Mapping[str, Any]) -> Iterator[Row]:
    zone, job, execution = facts["timezone"], facts.get("job"), facts.get("execution") or {}
    if job:
        yield "Job", f"{job['slug']} (app {job['app']})" if job["app"] else job["slug"]
    for name, label in _LABELS.items():
        if execution.get(name):
            yield label, clock(execution[name], zone)
    if execution.get("seconds") is not None:
        yield "Took", length(execution["seconds"])
    if execution.get("attempt", 0) > 1:
        yield "Attempts", str(execution["attempt"])
    if facts.get("since"):
        yield "Since", clock(facts["since"], zone)
    for label, value in facts["details"].items():
        yield label, clock(value, zone) if _is_moment(value) else str(value)


def _text(
    kind: Kind, facts: Mapping[str, Any], rows: Sequence[Row], commands: Sequence[str], link: str | None
) -> str:
    width = max((len(label) for label, _ in rows), default=0)
    parts = [
        facts["sentence"],
        "\n".join(f"{label:<{width}}  {value}" for label, value in rows),
        _section("Error", (facts.get("error") or "").splitlines()),
        _section("Where", (facts.get("where") or "").splitlines()),
        _section("Last log lines", [_line(one, facts["timezone"]) for one in facts["log"]]),
        "\n".join(facts.get("list", ())),
        "\n".join([advice.sentence(kind), *(f"  {command}" for command in commands)]),
        link or "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{title}:", *(f"  {line}" for line in lines)]) if lines else ""


def _line(line: Mapping[str, Any], zone: str) -> str:
    return f"{_local(line['at'], zone):%H:%M:%S} {line['level']:<5} {line['message']}"


def _html(
    kind: Kind,
    severity: Severity,
    facts: Mapping[str, Any],
    rows: Sequence[Row],
    commands: Sequence[str],
    link: str | None,
) -> str:
    log = "\n".join(_line(one, facts["timezone"]) for one in facts["log"])
    parts = [
        f'<p style="font-size:17px;margin:0 0 12px"><b>{escape(facts["sentence"])}</b></p>',
        _table(rows),
        _box("Error", facts.get("error") or ""),
        _box("Where", facts.get("where") or ""),
        _box("Last log lines", log),
        _box("", "\n".join(facts.get("list", ()))),
        f'<p style="margin:16px 0 4px">{escape(advice.sentence(kind))}</p>',
        _box("", "\n".join(commands)),
        f'<p style="margin:16px 0"><a href="{escape(link)}">Open it in Orario</a></p>' if link else "",
    ]
    return (
        '<div style="font-family:system-ui,-apple-system,Segoe UI,sans-serif;font-size:14px;line-height:1.45;'
        f'border-left:4px solid {_COLOURS[severity]};padding:4px 16px">{"".join(parts)}</div>'
    )


def _table(rows: Sequence[Row]) -> str:
    cell = '<td style="padding:1px 14px 1px 0;vertical-align:top'
    lines = (
        f'<tr>{cell};opacity:.65">{escape(label)}</td>{cell}">{escape(value)}</td></tr>' for label, value in rows
    )
    return f'<table style="border-collapse:collapse;font-size:14px">{"".join(lines)}</table>' if rows else ""


def _box(title: str, text: str) -> str:
    if not text:
        return ""
    head = f'<p style="margin:16px 0 4px">{escape(title)}</p>' if title else ""
    style = "margin:0;padding:8px 12px;border:1px solid #8884;border-radius:4px;overflow-x:auto;font-size:12.5px"
    return f'{head}<pre style="{style}">{escape(text)}</pre>'


def _link(facts: Mapping[str, Any], public_url: str) -> str | None:
    base = public_url.rstrip("/")
    if not base:
        return None
    if facts.get("execution"):
        return f"{base}/executions/{facts['execution']['id']}"
    return f"{base}/jobs/{facts['job']['slug']}" if facts.get("job") else f"{base}/"


def clock(text: str, zone: str) -> str:
    """A moment on the wall of the job's zone, with UTC beside it where they differ."""
    local = _local(text, zone)
    there = f"{local:%a %d %b %Y, %H:%M:%S}"
    if zone == "UTC":
        return f"{there} UTC"
    return f"{there} {zone} ({datetime.fromisoformat(text):%H:%M} UTC)"


def length(seconds: float) -> str:
    """A length of time as a person says it."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _local(text: str, zone: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return datetime.fromisoformat(text)


def _is_moment(value: object) -> bool:
    return isinstance(value, str) and len(value) == 24 and value[10] == "T" and value.endswith("Z")
