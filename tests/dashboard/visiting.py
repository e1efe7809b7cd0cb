"""Ways to visit a dashboard: with a browser and without one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from playwright.sync_api import Browser, BrowserContext, Page

from orario.runtime import Runtime
from orario.service.people import Actor
from orario.service.sessions import Visitor
from tests.dashboard.believable import ADA, PASSWORD

COOKIE = "orario_session"
LARGE, SMALL = (1360, 900), (375, 812)


@dataclass(frozen=True)
class Site:
    """A running Orario, and where it is."""

    runtime: Runtime
    address: str

    def sign_in(self, name: str) -> str:
        """The key of a new session."""
        return self.runtime.services.sessions.sign_in(name, PASSWORD, Visitor("127.0.0.1", "a test"))

    @property
    def ada(self) -> Actor:
        return ADA

    def client(self, key: str | None) -> httpx.Client:
        return httpx.Client(base_url=self.address, cookies={COOKIE: key} if key else {}, timeout=30)


@dataclass
class Visit:
    """Somebody at a browser. What their pages complain about is kept, and fails the test at its end."""

    site: Site
    browser: Browser
    keys: dict[str, str]
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    @classmethod
    @contextmanager
    def begin(cls, site: Site, browser: Browser, keys: dict[str, str]) -> Iterator[Self]:
        visit = cls(site, browser, keys)
        try:
            yield visit
        finally:
            for context in visit.contexts:
                context.close()
        assert not visit.complaints, visit.complaints

    def page(self, name: str | None = "ada", size: tuple[int, int] = LARGE, **options: Any) -> Page:
        """A page of somebody's; None: of nobody who has signed in."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=self.site.address,
            timezone_id="Europe/Rome",
            locale="en-GB",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(15_000)
        if name is not None:
            context.add_cookies([{"name": COOKIE, "value": self.keys[name], "url": self.site.address}])
        context.add_cookies([{"name": "orario_zone", "value": "Europe/Rome", "url": self.site.address}])
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._hear(page, said.type, said.text))
        return page

    def _hear(self, page: Page, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and "status of 4" not in text:
            self.complaints.append(f"{page.url}: {text}")


def token_in(html: str) -> str:
    """What the forms of a page carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found is not None, html
    return found[1]


def send(client: httpx.Client, path: str, seen_on: str, **fields: Any) -> httpx.Response:
    """Send a form as a person does: from the page on which it is."""
    token = token_in(client.get(seen_on).text)
    return client.post(path, data={"csrf": token, **fields})
