"""What a page's function is given: who asks, for what, with which services; and the ways to answer."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from orario.core.errors import NotAuthenticated, invalid
from orario.dashboard import cookies
from orario.dashboard.desk import Desk
from orario.service.actors import Actor, Role
from orario.service.services import Services
from orario.service.sessions import SignedIn, Visitor
from orario.web.bodies import decoded

_MOST_FIELDS = 2000


class Form(Mapping[str, str]):
    """What a form sent; a field that is not there reads as empty."""

    def __init__(self, pairs: list[tuple[str, str]] | None = None) -> None:
        self._pairs = pairs or []
        self._last = dict(self._pairs)

    @classmethod
    def of(cls, body: bytes) -> "Form":
        try:
            return cls(parse_qsl(decoded(body), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            raise invalid(message="the form has too many fields") from None

    def __getitem__(self, name: str) -> str:
        return self._last.get(name, "")

    def __contains__(self, name: object) -> bool:
        return name in self._last

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def every(self, name: str) -> list[str]:
        """All values of a field, of boxes that were ticked for one."""
        return [value for key, value in self._pairs if key == name]


@dataclass
class View:
    """One request for a page. `person` is None only on the pages that need no sign-in."""

    request: Request
    desk: Desk
    person: SignedIn | None
    key: str  # what forms are bound to
    zone: str
    now: datetime
    form: Form = field(default_factory=Form)
    shared: dict[Hashable, Any] = field(default_factory=dict)  # what was read for one part of the page

    @property
    def services(self) -> Services:
        return self.desk.services

    @property
    def actor(self) -> Actor:
        return self.signed_in.actor

    @property
    def signed_in(self) -> SignedIn:
        if self.person is None:
            raise NotAuthenticated("Sign in first.")
        return self.person

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def visitor(self) -> Visitor:
        client = self.request.client
        browser = self.request.headers.get("user-agent", "")[:200]
        return Visitor(None if client is None else client.host, browser if browser.isprintable() else None)

    def path(self, name: str) -> str:
        """What the path of this page holds at `{name}`."""
        return str(self.request.path_params[name])

    def may(self, role: Role | str) -> bool:
        """Whether whoever asks may do what needs this role."""
        return self.person is not None and self.actor.role.covers(Role(role))

    def url(self, path: str) -> str:
        """A path of the dashboard, where it stands."""
        return f"{self.request.scope.get('root_path', '')}{path}"

    @property
    def is_dialog(self) -> bool:
        """Whether a script asks for the inner part of this page, to show it in a dialog."""
        return self.request.headers.get("x-orario-dialog") == "1"

    @property
    def is_script(self) -> bool:
        """Whether a script asks, and shows the answer itself."""
        return "application/json" in self.request.headers.get("accept", "")

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page."""
        toast = None if self.is_dialog else cookies.take_toast(self.request)
        html = self.desk.environment.get_template(template).render(
            self.desk.given(self.person, self.zone, self.now, self.url(""))
            | {
                "view": self,
                "params": self.request.query_params.multi_items(),
                "url": self.url,
                "path": self.request.url.path.removeprefix(self.url("")),
                "csrf": cookies.form_token(self.key),
                "toast": toast,
                "theme": _theme(self.request),
                "may": self.may,
                "region": self._region,
                "layout": "dialog.html" if self.is_dialog else "page.html",
                **values,
            }
        )
        response = HTMLResponse(html, status, {"Referrer-Policy": "same-origin"})
        if toast is not None:
            cookies.drop_toast(response, self.request)
        return response

    def _region(self, name: str, key: str = "") -> Markup:
        html = self.desk.put_region(name, key, self.signed_in, self.zone, self.url(""), self.shared)
        # What is shared among readers holds no form's token; each page puts its own there.
        return Markup(html.replace(self.desk.form_marker, cookies.form_token(self.key)))

    def done(self, text: str, to: str, tone: str = "good", **more: Any) -> Response:
        """The answer to something that was done: a sentence, and the page to go on with."""
        response: Response = self.redirect(to)
        if self.is_script:
            response = JSONResponse({"message": text, "tone": tone, "to": self.url(to), **more})
        if not self.is_script or more.get("go"):
            cookies.put_toast(response, self.request, text, tone)  # the page to go on with shows it
        return response

    def redirect(self, to: str) -> Response:
        """Go on with another page of the dashboard."""
        return RedirectResponse(self.url(to), 303)


def _theme(request: Request) -> str:
    theme = request.cookies.get(cookies.THEME, "")
    return theme if theme in {"light", "dark"} else "auto"
