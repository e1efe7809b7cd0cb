"""Draws the pages of the dashboard for the docs: `make screenshots`, or `python -m tools.screenshots overview jobs`.

A shop with a day of history, and what the shipped apps bring to be shown, run in a folder of their own; a real
Chromium looks at them. Where `pngquant` is installed, the pictures are made smaller with it.
"""

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from orario import App, Context, OnDemand
from orario.asgi import create_app
from orario.runtime import Runtime, load_apps
from orario.service.people import Role
from orario.service.secrets import SecretDocument
from orario.settings import Settings
from tests.api.serving import serving
from tests.apps.notify.servers import SECRET, webhook
from tests.dashboard.believable import ADA, furnish, make_shop
from tests.dashboard.visiting import COOKIE, Site, token_in

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "images"
_SIZE = (1280, 800)
_TALLEST = 1500
_APPS = ("http", "notify", "ops", "gamehost", "lokario", "agent", "directory")
_PAGES = {
    "overview": "/",
    "jobs": "/jobs",
    "job": "/jobs/sync-stock-levels",
    "job-edit": "/jobs/sync-stock-levels/edit",
    "executions": "/executions",
    "calendar": "/calendar",
    "queues": "/queues",
    "instances": "/instances",
    "secrets": "/secrets",
    "people": "/people",
    "audit": "/audit",
    "settings": "/settings",
    "account": "/account",
    "rule": "/apps/notify/rules/edit?name=payments",
    "channel": "/apps/notify/channels/edit?name=on-call",
}


def main(wanted: Sequence[str]) -> None:
    """Draw them all, or those that are named."""
    logging.disable(logging.CRITICAL)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _site() as site, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        key = site.sign_in("ada")
        found = _found(site, key)  # what runs comes first, while it does
        for name, scheme in (("hero", "light"), ("hero-dark", "dark")):
            if not wanted or name in wanted:
                _draw(browser, site, key, name, "/", scheme, is_whole=False)
        for name, path in {**found, **_PAGES}.items():
            if not wanted or name in wanted:
                _draw(browser, site, key, name, path)
        if not wanted or "sign-in" in wanted:
            _draw(browser, site, "", "sign-in", "/sign-in", is_whole=False)
        browser.close()


@contextmanager
def _site() -> Iterator[Site]:
    """An Orario as a shop may have it after a day."""
    with tempfile.TemporaryDirectory(prefix="orario-pictures-") as folder, webhook() as receiver:
        os.environ |= {"ORARIO_OPS_BACKUP_DIR": f"{folder}/backups", "ORARIO_OPS_BACKUP_PATH": f"{folder}/backups"}
        settings = Settings(database_url=f"sqlite:///{folder}/orario.db", key="of pictures", timezone="Europe/Rome")
        runtime = Runtime(settings, [_shop(), *load_apps(_APPS)])
        runtime.prepare()
        furnish(runtime)
        for app in runtime.apps:
            if app.demo is not None:
                app.demo.load(runtime.services)
        runtime.start()
        try:
            with serving(create_app(runtime)) as address:
                site = Site(runtime, address)
                _live(site, receiver.url)
                yield site
        finally:
            runtime.stop()


def _shop() -> App:
    """The shop of the tests, and a job whose failure can be shown."""
    shop = make_shop()

    async def pay_out(context: Context) -> None:
        """Pay sellers what they have earned."""
        for number, seller in enumerate(context.track(["Nordlicht", "Casa Verde", "Atelier 9"])):
            context.info(f"paying {seller}", euros=412 + 97 * number)
            if number == 2:
                raise ConnectionError("bank.example does not answer")

    pay_out.__code__ = pay_out.__code__.replace(co_filename="shop/payouts.py")
    shop.task(schedule=OnDemand(), queue="money")(pay_out)
    return shop


def _live(site: Site, address: str) -> None:
    """What people have done today."""
    services = site.runtime.services
    services.users.create("maria", Role.OPERATOR, ADA)
    for name, role in (("deploy pipeline", Role.OPERATOR), ("status page", Role.VIEWER)):
        services.people.create_token(name, role, ADA, site.runtime.clock.now().replace(month=12, day=31))
    for name, note in (("stripe-key", "Charges subscriptions"), ("warehouse-password", "SFTP of the warehouse")):
        services.secrets.put(name, SecretDocument.model_validate({"value": "hidden", "description": note}), ADA)
    with site.client(site.sign_in("ada")) as client:
        csrf = token_in(client.get("/account").text)
        hook = {"name": "on-call", "kind": "webhook", "url": address, "signingSecret": SECRET}
        mail = {
            "name": "books",
            "kind": "apprise",
            "url": "mailtos://orario:secret@mail.shop.example?to=books@shop.example",
        }
        usual = {"csrf": csrf, "isEnabled": "1", "timezone": "Europe/Rome", "digestPasses": "critical"}
        quiet = {"quietStart": "22:00", "quietEnd": "07:00", "quietZone": "Europe/Rome", "quietPasses": "critical"}
        client.post("/apps/notify/channels/edit", data={**usual, **hook, "isDefault": "1"})
        client.post("/apps/notify/channels/edit", data={**usual, **quiet, **mail, "digestMinutes": "60"})
        client.post("/apps/notify/channels/test", data={"csrf": csrf, "name": "on-call"})
        told = {"on.failure": "1", "on.recovery": "1", "isEnabled": "1", "csrf": csrf}
        rule = {**told, "name": "payments", "job": "retry-failed-payments", "on.timeout": "1", "severity": "critical"}
        client.post(
            "/apps/notify/rules/edit", data={**rule, "whom": "these", "channel.on-call": "1", "channel.books": "1"}
        )
        client.post(
            "/apps/notify/rules/edit", data={**told, "name": "patient", "failures": "3", "of": "5", "whom": "default"}
        )
        payouts = {**told, "name": "payouts", "job": "pay_out", "failures": "1", "whom": "these"}
        client.post("/apps/notify/rules/edit", data={**payouts, "channel.on-call": "1", "channel.books": "1"})
    services.jobs.trigger("database_backup", ADA)
    services.jobs.trigger("check-system-performance", ADA)
    services.jobs.trigger("import_products", ADA, {"supplier": "Nordlicht"})
    for _ in range(2):
        services.jobs.trigger("resize_pictures", ADA)
    services.jobs.trigger("read_the_journal", ADA, {"lines": 400, "seconds": 90})
    failed = services.jobs.trigger("pay_out", ADA)
    services.executions.wait(failed.id, 20)
    time.sleep(6)


def _found(site: Site, key: str) -> Mapping[str, str]:
    """Pages whose address is not known before: of apps, of an execution that failed and of one that runs."""
    with site.client(key) as client:
        nav = client.get("/").text
        notice = re.search(r"/apps/notify/notices/one\?id=[0-9a-f-]+", client.get("/apps/notify/notices").text)
    apps = {
        path.strip("/").removeprefix("apps/").replace("/", "-"): path for path in re.findall(r'"(/apps/[^"]*)"', nav)
    }
    executions = site.runtime.services.executions
    running = next(one for one in executions.running() if one.job_name == "Import products")
    return {"execution": f"/executions/{running.id}", **({"notice": notice[0]} if notice else {}), **apps}


def _draw(
    browser: Browser, site: Site, key: str, name: str, path: str, scheme: str = "light", *, is_whole: bool = True
) -> None:
    context = browser.new_context(
        viewport={"width": _SIZE[0], "height": _SIZE[1]},
        base_url=site.address,
        color_scheme="dark" if scheme == "dark" else "light",
        timezone_id="Europe/Rome",
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "orario_zone", "value": "Europe/Rome", "url": site.address}])
    if key:
        context.add_cookies([{"name": COOKIE, "value": key, "url": site.address}])
    page = context.new_page()
    answer = page.goto(path)
    assert answer is not None and answer.ok, f"{path} answered {answer and answer.status}"
    page.wait_for_timeout(700)  # charts that are made after the page
    _save(page, FOLDER / f"{name}.png", is_whole)
    context.close()


def _save(page: Page, file: Path, is_whole: bool) -> None:
    tall = page.evaluate("document.documentElement.scrollHeight") if is_whole else _SIZE[1]
    page.set_viewport_size({"width": _SIZE[0], "height": min(max(int(tall), _SIZE[1]), _TALLEST)})
    page.screenshot(path=file)
    if quantizer := shutil.which("pngquant"):
        subprocess.run(
            [quantizer, "--force", "--ext", ".png", "--skip-if-larger", "--strip", "128", str(file)], check=False
        )
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1024:.0f} KB", flush=True)


def _chromium() -> str | None:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return os.environ.get("ORARIO_TEST_CHROMIUM") or found


if __name__ == "__main__":
    main(sys.argv[1:])
