"""The document of Lokario, played: the endpoints, the secret, the log lines, the scheduler's two jobs."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from orario.apps.lokario import app
from orario.demo.mailserver import MailServer
from orario.service.people import Role
from tests.api.site import standing_site
from tests.apps.lokario.letters import plain
from tests.cli.serving import Served, serving
from tests.cli.terminal import Orario, orario_of
from tests.servers.dovecot import PASSWORD, Dovecot

SECRET = "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6"
SYNC, REMIND = "/api/inbox/integrations/sync-all", "/api/followups/process-automatic"
LINES = {
    SYNC: "🔄 Déclenchement de la synchronisation inbox via API...",
    REMIND: "🔄 Déclenchement du traitement des relances automatiques via API...",
}
DONE = {
    SYNC: "Synchronisation inbox terminée avec succès",
    REMIND: "Traitement des relances automatiques terminé avec succès",
}
NATIVE = "/api/v1/scheduler"


@contextmanager
def lokario(folder: Path, *arguments: str, **settings: str) -> Iterator[tuple[Served, httpx.Client]]:
    chosen = {"CRON_SECRET": SECRET, "ORARIO_ACCESS_LOG": "true", **settings}
    with serving(folder, "lokario", *arguments, settings=chosen) as server:
        url = server.url.replace("0.0.0.0", "127.0.0.1")
        with httpx.Client(base_url=url, timeout=60) as client:
            yield server, client


def admin(server: Served, client: httpx.Client) -> httpx.Client:
    return httpx.Client(base_url=client.base_url, headers={"Authorization": f"Bearer {server.token}"}, timeout=60)


def log(folder: Path) -> str:
    return (folder / "stderr.log").read_text()


def test_the_document_word_for_word(
    tmp_path: Path,
    database_url: str,
    dovecot: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for user in dovecot.users:
        dovecot.wipe(user)
    settings = {"ORARIO_DATABASE_URL": database_url}
    with MailServer() as mail, lokario(tmp_path, ORARIO_LOKARIO_MAIL_URL=mail.url, **settings) as (server, client):
        for path in (SYNC, REMIND):
            refused(client, path, server.token)
            assert LINES[path] not in log(tmp_path), "only accepted calls are told of"
            for query, headers in ((f"?secret={SECRET}", {}), ("", {"X-Cron-Secret": SECRET})):
                before = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
                answer = client.get(path + query, headers=headers)
                assert answer.status_code == 200
                told = answer.json()
                assert told == {"success": True, "message": DONE[path], "timestamp": told["timestamp"]}
                assert list(told) == ["success", "message", "timestamp"]
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", told["timestamp"])
                assert before <= datetime.fromisoformat(told["timestamp"])
            assert log(tmp_path).count(LINES[path]) == 2
        with admin(server, client) as api:
            works_on_real_servers(api, client, dovecot, mail)
            fails_with_words(api, client)
            for name, value in (("URL", str(client.base_url)), ("TOKEN", server.token)):
                monkeypatch.setenv(f"ORARIO_{name}", value)
            monkeypatch.setenv("CRON_SECRET", SECRET)
            played_by_the_scheduler(api, orario_of(monkeypatch, capsys), str(client.base_url))
    assert SECRET not in log(tmp_path) + server.greeting and "secret=********" in log(tmp_path)
    kept = [file for file in tmp_path.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert not kept


def refused(client: httpx.Client, path: str, token: str) -> None:
    wrong = ["", "?secret=", "?secret=x", f"?secret={SECRET.upper()}", "?secret=caf%C3%A9", "?secret=%FF%00"]
    wrong += [f"?secret={SECRET}%20", f"?secret={SECRET[:-1]}", f"?secret={SECRET}&secret=x", f"?Secret={SECRET}"]
    for query in wrong:
        answer = client.get(path + query, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()) == (403, {"detail": "Secret invalide"}), query
    assert client.get(path, headers=[(b"X-Cron-Secret", "é".encode())]).status_code == 403
    assert client.get(f"{path}?secret={SECRET}", headers={"X-Cron-Secret": "x"}).status_code == 403


def works_on_real_servers(api: httpx.Client, client: httpx.Client, dovecot: Dovecot, mail: MailServer) -> None:
    company = made(api, "/api/companies", name="Boulangerie Martin")
    box = made(
        api, "/api/inbox/integrations", companyId=company["id"], name="Contact", host=dovecot.host, port=dovecot.port,
        tls="none", username="u1", password=PASSWORD.format("u1"),
    )  # fmt: skip
    assert box["password"] == "********"
    assert api.post(f"/api/inbox/integrations/{box['id']}/test").json() == {
        "isWorking": True, "messages": 0, "error": None
    }  # fmt: skip
    dovecot.deliver("u1", [plain("Commande pour samedi"), plain("Devis")])
    with ThreadPoolExecutor(5) as callers:
        answers = list(callers.map(lambda _: client.get(SYNC, params={"secret": SECRET}).status_code, range(5)))
    assert answers == [200] * 5
    found = api.get("/api/inbox/messages", params={"company": company["id"]}).json()
    assert sorted(one["subject"] for one in found["messages"]) == ["Commande pour samedi", "Devis"]
    api.put(f"/api/billing/settings/{company['id']}", json={"isAutomatic": True}).raise_for_status()
    invoice = made(
        api, "/api/invoices", companyId=company["id"], number="F-1", customerName="Hôtel du Parc",
        customerEmail="compta@parc.example", amount="1234.50", issuedOn="2023-12-01", dueOn="2024-01-01",
    )  # fmt: skip
    [planned] = api.get("/api/followups/preview").json()["due"]
    assert client.get(REMIND, params={"secret": SECRET}).json()["success"]
    assert client.get(REMIND, params={"secret": SECRET}).json()["success"]
    [sent] = mail.mails
    assert (sent.message["Message-ID"], sent.subject) == (planned["messageId"], planned["subject"])
    [reminder] = api.get(f"/api/invoices/{invoice['id']}").json()["followup"]["reminders"]
    assert (reminder["step"], reminder["status"]) == (1, "sent")


def made(api: httpx.Client, path: str, **fields: Any) -> dict[str, Any]:
    answer = api.post(path, json=fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fails_with_words(api: httpx.Client, client: httpx.Client) -> None:
    [box] = api.get("/api/inbox/integrations").json()["integrations"]
    api.patch(f"/api/inbox/integrations/{box['id']}", json={"password": "Mauvais-1"}).raise_for_status()
    answer = client.get(SYNC, params={"secret": SECRET})
    assert answer.status_code == 500
    assert answer.json()["detail"].startswith(
        "Erreur lors de la synchronisation inbox : 1 intégration(s) sur 1 en échec. Contact (Boulangerie Martin) : "
    )
    assert "Mauvais-1" not in answer.text
    api.patch(f"/api/inbox/integrations/{box['id']}", json={"isActive": False}).raise_for_status()


def played_by_the_scheduler(api: httpx.Client, orario: Orario, url: str) -> None:
    """`orario init lokario` instead of cron-job.org."""
    command = ("init", "lokario", "--base-url", url, "--json")
    done = orario(*command)
    assert done.code == 0 and SECRET not in done.out + done.err, done.err
    assert orario(*command).json["jobs"] == [], "a second time changes nothing"
    expected = {
        "lokario-sync-inbox": ("Lokario - Sync Inbox", "*/5 * * * *", SYNC),
        "lokario-relances-automatiques": ("Lokario - Relances automatiques", "0 * * * *", REMIND),
    }
    for slug, (name, cron, path) in expected.items():
        job = api.get(f"{NATIVE}/jobs/{slug}").json()
        assert (job["name"], job["isEnabled"], job["scheduleConfig"]["expression"]) == (name, True, cron)
        assert job["taskArgs"]["url"] == f"{url}{path}?secret=${{secret:lokario-cron-secret}}"
        assert job["taskArgs"]["method"] == "GET" and job["nextRunTime"]
        rule = api.get(f"/api/v1/notify/rules/{slug}").json()
        assert {"failure", "late_finish"} <= set(rule["on"]) and rule["finishWithinSeconds"] == 30
        opened = api.post(f"{NATIVE}/jobs/{slug}/trigger").json()
        ended = wait_for(api, opened["executionId"])
        assert ended["status"] == "success", ended
        assert SECRET not in json.dumps(ended) + api.get(f"{NATIVE}/executions/{ended['id']}/logs").text
        history = api.get("/api/cron-jobs/history", params={"job": slug}).json()["calls"]
        # Its own moment may come in between, and find it running.
        [call] = [one for one in history if one["executionId"] == ended["id"]]
        assert (call["statusCode"], call["status"]) == (200, "success")
        assert call["responseTimeMs"] >= 0


def wait_for(api: httpx.Client, execution: str) -> dict[str, Any]:
    until = time.monotonic() + 30
    while True:
        found: dict[str, Any] = api.get(f"{NATIVE}/executions/{execution}").json()
        if found["status"] not in ("pending", "running"):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.1)


def test_without_a_secret_only_this_machine_may_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CRON_SECRET", "")
    with standing_site(tmp_path, app, host="127.0.0.1") as site:
        site.runtime.start()
        client = site.client(None, prefix="")
        assert "CRON_SECRET" not in caplog.text  # a bare server loads this app too, and nobody may ever use it
        assert client.get(SYNC).json()["success"] and client.get(f"{REMIND}?secret=x").json()["success"]
        for foreign in ({"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.get(SYNC, headers=foreign).status_code == 403
        assert caplog.text.count("CRON_SECRET is not set") == 1
        site.runtime.engine.stop(timedelta(0))
    with standing_site(tmp_path, app, host="0.0.0.0") as site:
        for query in ("", "?secret=", "?secret=x"):
            answer = site.client(Role.ADMIN, prefix="").get(SYNC + query)
            assert answer.status_code == 403 and "CRON_SECRET" in answer.json()["detail"]
