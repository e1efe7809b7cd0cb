"""A furnished Orario that runs, a browser, and clients that sign in as people do."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from orario.asgi import create_app
from orario.runtime import Runtime, load_apps
from orario.service import passwords
from orario.settings import Settings
from tests.api.serving import serving
from tests.dashboard.believable import furnish, make_shop
from tests.dashboard.visiting import Site, Visit


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests of a worker: they leave each other's jobs alone, or put them back."""
    folder = tmp_path_factory.mktemp("dashboard")
    url = f"sqlite:///{folder}/orario.db"
    settings = Settings(database_url=url, key="of the tests", timezone="Europe/Rome", drain_seconds=0.1)
    runtime = Runtime(settings, [make_shop(), *load_apps(["http"])])
    runtime.prepare()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_COST", 16)  # what it costs to guess is not what is tested here
        furnish(runtime)
        runtime.start()
        with serving(create_app(runtime)) as address:
            yield Site(runtime, address)
    runtime.stop()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """It runs a loop in this thread, where other modules' tests want their own: it goes with its module."""
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def keys(site: Site) -> dict[str, str]:
    """The session of each person, opened once for all tests of a worker."""
    return {name: site.sign_in(name) for name in ("ada", "otto", "vera")}


@pytest.fixture
def visit(site: Site, browser: Browser, keys: dict[str, str]) -> Iterator[Visit]:
    """Somebody at a browser, signed in."""
    with Visit.begin(site, browser, keys) as begun:
        yield begun


@pytest.fixture
def page(visit: Visit) -> Page:
    """A page of the administrator's, on a large screen."""
    return visit.page()


@pytest.fixture
def ada(site: Site, keys: dict[str, str]) -> Iterator[httpx.Client]:
    """The administrator without a browser: nothing runs, nothing is drawn."""
    with site.client(keys["ada"]) as client:
        yield client


@pytest.fixture
def vera(site: Site, keys: dict[str, str]) -> Iterator[httpx.Client]:
    """Somebody who may only look."""
    with site.client(keys["vera"]) as client:
        yield client


@pytest.fixture
def stranger(site: Site) -> Iterator[httpx.Client]:
    with site.client(None) as client:
        yield client
