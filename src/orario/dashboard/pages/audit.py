"""Who changed what, and when."""

from starlette.responses import Response

from orario.dashboard.navigation import Link
from orario.dashboard.routing import Pages
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
    subject = view.query.get("of", "").strip()[:200]
    text = view.query.get("page", "1")
    number = min(max(int(text), 1), 100_000) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    found: Page[AuditRow] = view.services.people.audit(subject or None, number, _PER_PAGE)
    return view.render("audit.html", found=found, subject=subject, places=_PLACES)
