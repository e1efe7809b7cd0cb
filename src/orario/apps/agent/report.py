"""The daily report: figures of the last day, as HTML and text with a chart, to everybody who is to have it."""

from datetime import datetime
from html import escape
from typing import Any

from orario import Context
from orario.apps.agent import outbox
from orario.apps.agent.chart import draw
from orario.apps.agent.desk import desk
from orario.apps.agent.figures import DAY, Figures, gather
from orario.apps.agent.outbox import Draft
from orario.mail import Attachment

KIND = "report"
_CHART = "messages-by-hour.svg"
_CELL = "padding:3px 18px 3px 0;border-bottom:1px solid #e5e7eb"


async def daily_report(context: Context) -> dict[str, Any]:
    """Mail the figures of the last 24 hours to CRON_REPORTS_RECIPIENTS."""
    settings, database = desk.settings, context.services.database
    now = context.services.tools.clock.now()
    figures = await database.fetch(gather, context.services, now)
    context.info(
        "figures gathered", **{name.lower().replace(" ", "_"): part for name, part in figures.sections.items()}
    )
    mailbox = settings.mailbox
    recipients = settings.cron_reports_recipients
    if mailbox is None or not recipients:
        why = "no mail server is configured" if mailbox is None else "CRON_REPORTS_RECIPIENTS names nobody"
        hint = ": set ORARIO_AGENT_MAIL_URL" if mailbox is None else ""
        context.warn(f"{why}{hint}")
        return {"sent": 0, "note": why, "figures": figures.sections}
    context.progress.expect(len(recipients))
    drafts = [_draft(context, figures, recipient, now) for recipient in recipients]
    written = await database.transact(outbox.write, drafts, now)
    posted = await outbox.post(context, mailbox, KIND)
    return {"recipients": len(recipients), "new": written, **posted.as_result(), "figures": figures.sections}


def _draft(context: Context, figures: Figures, recipient: str, now: datetime) -> Draft:
    local = figures.until.astimezone(desk.settings.zone)
    chart = draw(figures.hours, figures.since.astimezone(desk.settings.zone), "Messages by the hour")
    return Draft(
        key=f"{KIND}:{context.execution_id}:{recipient}",  # an attempt that is made again writes no second one
        kind=KIND,
        recipient=recipient,
        subject=f"Daily report, {local:%A %d %B %Y}",
        text=as_text(figures, f"{local:%d %B %Y, %H:%M}"),
        html=as_html(figures, f"{local:%d %B %Y, %H:%M}"),
        attachments=[Attachment(_CHART, chart.encode(), "image/svg+xml")],
        expires_at=now + DAY,
    )


def as_text(figures: Figures, when: str) -> str:
    """The report for those who read plain text."""
    parts = [f"The 24 hours before {when} ({desk.settings.cron_timezone})"]
    for name, rows in figures.sections.items():
        parts.append("\n".join([name, *(f"  {label:<22}{number:>8}" for label, number in rows.items())]))
    return "\n\n".join(parts) + f"\n\nThe chart of the messages by the hour is attached: {_CHART}\n"


def as_html(figures: Figures, when: str) -> str:
    """The same with tables, and bars that every mail program shows."""
    sections = "".join(_section(name, rows) for name, rows in figures.sections.items())
    most = max([*figures.hours, 1])
    bars = "".join(
        f'<td style="vertical-align:bottom;padding:0 1px"><div title="{count}" style="width:12px;'
        f'height:{round(80 * count / most)}px;background:#2563eb"></div></td>'
        for count in figures.hours
    )
    return (
        '<div style="font-family:system-ui,-apple-system,Segoe UI,sans-serif;font-size:14px;color:#111827">'
        f"<h2>Daily report</h2><p>The 24 hours before {escape(when)} ({escape(desk.settings.cron_timezone)})</p>"
        f'{sections}<h3>Messages by the hour</h3><table style="height:84px;border-collapse:collapse"><tr>{bars}</tr>'
        "</table></div>"
    )


def _section(name: str, rows: dict[str, int]) -> str:
    lines = "".join(
        f'<tr><td style="{_CELL}">{escape(label)}</td><td style="{_CELL};text-align:right"><b>{number}</b></td></tr>'
        for label, number in rows.items()
    )
    return f'<h3 style="margin:18px 0 4px">{escape(name)}</h3><table style="border-collapse:collapse">{lines}</table>'
