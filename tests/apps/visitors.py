"""People who visit the pages of apps without a browser."""

import re

import httpx

from orario.service.people import SYSTEM, Role
from tests.api.site import ORIGIN, Site

PASSWORD = "correct horse battery"


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
