"""The dashboard's page of lokario, and what the pages of the two jobs that call it tell."""

from pathlib import Path
from uuid import UUID

import httpx
import pytest
import yaml

from orario.apps.http import app as http
from orario.apps.lokario import app
from orario.apps.lokario.beginning import INIT, plan
from orario.service.people import Role
from orario.service.secrets import SecretDocument
from orario.testing import TESTER, Harness
from tests.api.site import standing_site
from tests.apps.lokario.conftest import START
from tests.apps.lokario.office import Office
from tests.apps.visitors import csrf, signed_in
from tests.servers.dovecot import Dovecot


def worked(url: str, inboxes: Dovecot) -> tuple[UUID, UUID]:
    """A day at Lokario: a mailbox that fails, a reminder that is due, a call that nobody answered."""
    with Harness(app, http, start=START, database_url=url) as harness:
        office = Office(harness)
        company = office.company("Boulangerie <b>Martin</b>")
        box = office.mailbox(company, inboxes, "u1", folder="Été")
        office.invoice(company, "F-7", dueOn="2024-01-01")
        office.sync()
        setup = plan("http://127.0.0.1:1", None, INIT.wishes)
        office.services.secrets.put("lokario-cron-secret", SecretDocument(value="x" * 40), TESTER)
        office.services.jobs.apply(yaml.safe_dump({"jobs": [dict(job) for job in setup.jobs]}), TESTER)
        harness.trigger("lokario-sync-inbox")
        return box, harness.job("lokario-sync-inbox").id


@pytest.mark.one_database
def test_the_page_shows_mailboxes_and_what_is_due(tmp_path: Path, database_url: str, inboxes: Dovecot) -> None:
    box, job = worked(database_url, inboxes)
    with standing_site(tmp_path, app, http, database_url=database_url, key="of a test") as site:
        reader, owner = signed_in(site, "vera", Role.VIEWER), signed_in(site, "ada", Role.ADMIN)
        page = reader.get("/apps/lokario")
        assert page.status_code == 200, page.text
        assert "Boulangerie &lt;b&gt;Martin&lt;/b&gt;" in page.text and "n&#39;ouvre pas le dossier" in page.text
        assert "Rappel : facture F-7 en attente de règlement" in page.text and "No mail server" in page.text
        assert "/apps/lokario/switch" not in page.text
        switched(owner, box)
        assert "not active" in reader.get("/apps/lokario").text
        [region] = reader.get("/live/once", params={"r": f"lokario.0:{job}:"}).json()
        assert "failed" in region["html"] and "Connection refused" in region["html"]


def switched(owner: httpx.Client, box: UUID) -> None:
    form = {"csrf": csrf(owner.get("/apps/lokario").text), "integration": str(box)}
    assert owner.post("/apps/lokario/switch", data=form).status_code == 303
    assert owner.post("/apps/lokario/switch", data={**form, "integration": "x"}).status_code == 404
