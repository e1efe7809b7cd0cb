"""Takes the pictures of the dashboard that README and docs show: `python docs/make_pictures.py [FOLDER]`.

A shop with a day behind it is served on a free port and visited by headless Chromium, as the tests do it.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the shop lives with the tests

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from orario.asgi import create_app  # noqa: E402
from orario.runtime import Runtime, load_apps  # noqa: E402
from orario.service.sessions import Visitor  # noqa: E402
from orario.settings import Settings  # noqa: E402
from tests.api.serving import serving  # noqa: E402
from tests.dashboard.believable import ADA, PASSWORD, furnish, make_shop  # noqa: E402
from tests.dashboard.visiting import COOKIE, LARGE, SMALL  # noqa: E402
from tools.servers import program  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
SETTLES = 1500  # milliseconds until the first news has come
WORKS = 12.0  # seconds in which jobs start that take their time
BESIDE = {
    "job": "/jobs/sync-stock-levels",
    "job-edit": "/jobs/sync-stock-levels/edit",
    "sign-in": "/sign-in",
    "account": "/account",
}


@contextmanager
def shop() -> Iterator[tuple[Runtime, str]]:
    """A running shop, and where it is."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/orario.db"
        settings = Settings(database_url=url, key="of a picture", timezone="Europe/Rome", drain_seconds=0.1)
        runtime = Runtime(settings, [make_shop(), *load_apps(["http", "agent", "gamehost", "ops"])])
        runtime.prepare()
        furnish(runtime)
        runtime.start()
        for slug in ("import_products", "resize_pictures"):
            runtime.services.jobs.trigger(slug, ADA)
        time.sleep(WORKS)
        with serving(create_app(runtime)) as address:
            yield runtime, address
        runtime.stop()


def visit(browser: Browser, address: str, key: str | None, scheme: str, size: tuple[int, int]) -> Page:
    """A page of the administrator's, or of nobody's."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
        base_url=address,
        timezone_id="Europe/Rome",
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "orario_zone", "value": "Europe/Rome", "url": address}])
    if key is not None:
        context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
    return context.new_page()


def take(page: Page, path: str, file: Path) -> None:
    page.goto(path)
    page.wait_for_timeout(SETTLES)
    page.screenshot(path=file)
    print(f"{file.name:24} {file.stat().st_size // 1024:5} KB  {page.url}", flush=True)


def places(page: Page) -> dict[str, str]:
    """Whatever the navigation leads to, and some pages beside it."""
    page.goto("/")
    links = page.locator("nav[aria-label=Pages] a").evaluate_all("found => found.map(one => one.pathname)")
    named = {link.strip("/").replace("/", "-") or "overview": link for link in links}
    running = page.locator('[data-region="overview.running"] a[href*="/executions/"]').first.get_attribute("href")
    return named | BESIDE | ({"execution": running} if running else {})


def main(arguments: Sequence[str]) -> None:
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with shop() as (runtime, address), sync_playwright() as started:
        key = runtime.services.sessions.sign_in("ada", PASSWORD, Visitor("127.0.0.1", "Firefox on Linux"))
        browser = started.chromium.launch(executable_path=str(program("chromium")), args=["--no-sandbox"])
        page = visit(browser, address, key, "light", LARGE)
        for name, path in places(page).items():
            one = visit(browser, address, None, "light", LARGE) if name == "sign-in" else page
            take(one, path, folder / f"{name}.png")
        take(visit(browser, address, key, "dark", LARGE), "/", folder / "overview-dark.png")
        take(visit(browser, address, key, "light", SMALL), "/", folder / "overview-phone.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
