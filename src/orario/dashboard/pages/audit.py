"""Who changed what, and when."""

from collections.abc import Mapping
from uuid import UUID

from starlette.responses import Response

from orario.dashboard.navigation import Link
from orario.dashboard.routing import Pages
from orario.dashboard.trail import told
from orario.dashboard.view import View
from orario.service.actors import Role
from orario.service.pages import Page
from orario.store.audit import AuditRow

pages = Pages()

_PER_PAGE = 50
_PLACES = {"job": "/jobs/", "execution": "/executions/"}


@pages.get("/audit", role=Role.ADMIN, link=Link("Audit", "audit", 90))
def audit(view: View) -> Response:
    """The list, of all or of one subject."""
    subject, by, kind = (view.query.get(name, "").strip()[:200] for name in ("of", "by", "kind"))
    text = view.query.get("page", "1")
    number = min(max(int(text), 1), 100_000) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    people = view.services.people
    found: Page[AuditRow] = people.audit(subject or None, number, _PER_PAGE, actor=by, subject=kind)
    slugs = view.services.listing.slugs({id for row in found.items if (id := _job_of(row))})
    named = [(told(row), _name(row, slugs)) for row in found.items]
    asked = {"subject": subject, "by": by, "kind": kind}
    return view.render("audit.html", 200, found=found, named=named, kinds=people.audited(), places=_PLACES, **asked)


def _job_of(row: AuditRow) -> UUID | None:
    try:
        return UUID(row.subject_id) if row.subject == "job" else None
    except ValueError:
        return None


def _name(row: AuditRow, slugs: Mapping[UUID, str]) -> str:
    """What the thing is called, as far as the entry or the jobs of today tell."""
    written = {**(row.before or {}), **(row.after or {})}
    id = _job_of(row)
    return str(written.get("slug") or (id and slugs.get(id)) or written.get("name") or row.subject_id)
