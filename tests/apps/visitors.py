"""People who visit the pages of apps without a browser."""

import re
from typing import Protocol

import httpx

from orario.runtime import Runtime
from orario.service.people import SYSTEM, Role
from tests.api.site import ORIGIN

PASSWORD = "correct horse battery"


class Site(Protocol):
    """An Orario that is called in this process."""

    @property
    def runtime(self) -> Runtime: ...

    @property
    def transport(self) -> httpx.BaseTransport: ...


def signed_in(site: Site, name: str, role: Role) -> httpx.Client:
    """Somebody new, who has signed in."""
    site.runtime.services.users.create(name, role, SYSTEM, PASSWORD)
    browser = httpx.Client(transport=site.transport, base_url=ORIGIN, headers={"Origin": ORIGIN})
    form = {"name": name, "password": PASSWORD, "csrf": csrf(browser.get("/sign-in").text), "next": "/"}
    assert browser.post("/sign-in", data=form).status_code == 303
    return browser


def csrf(page: str) -> str:
    """What the forms of a page carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]
