"""Inboxes on a real Dovecot: each message once, whatever happens to the server in between."""

import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from orario import State
from orario.apps.lokario import tables
from orario.apps.lokario.inbox import imap
from orario.apps.lokario.inbox import integrations as stored
from orario.apps.lokario.inbox.keeping import Overtaken
from orario.apps.lokario.inbox.running import address_of
from orario.apps.lokario.inbox.syncing import Means, pieces, sync
from orario.apps.lokario.tables import attachments, messages
from orario.testing import Harness
from tests.apps.lokario.letters import ODD, plain
from tests.apps.lokario.office import Office
from tests.servers.dovecot import PASSWORD, Dovecot


def test_each_message_comes_once_and_only_what_is_new_is_fetched(office: Office, inboxes: Dovecot) -> None:
    company = office.company()
    ways: dict[str, dict[str, Any]] = {
        "u1": {"tls": "none"},
        "u2": {"tls": "starttls", "verifyTls": False},
        "u3": {"tls": "tls", "port": inboxes.tls_port, "verifyTls": False},
    }
    mine = {user: office.mailbox(company, inboxes, user, **way) for user, way in ways.items()}
    for user in mine:
        inboxes.lay(user, [plain(f"{user} {number}") for number in range(130)])
    first = office.sync()
    assert first.result == {"integrations": 3, "succeeded": 3, "failed": 0, "newMessages": 390, "knownMessages": 0}
    assert (first.progress.total, first.progress.processed) == (390, 390)
    inboxes.deliver("u2", [plain("u2 later"), plain("u2 later")])  # the same letter twice: two messages
    assert office.sync().result["newMessages"] == 2
    assert office.sync().result["newMessages"] == 0
    for user, id in mine.items():
        late = Counter({"u2 later": 2}) if user == "u2" else Counter()
        assert office.subjects(id) == Counter(f"{user} {number}" for number in range(130)) + late
    with inboxes.entered("u1") as client:
        assert client.search(None, "UNSEEN")[1][0].count(b" ") == 129, "nobody sees that they were read"


def test_odd_and_broken_mail_survives_with_what_is_known_of_its_attachments(office: Office, inboxes: Dovecot) -> None:
    office.mailbox(office.company(), inboxes, "u1")
    inboxes.deliver("u1", [letter for letter, _ in ODD.values()])
    assert office.sync().state is State.SUCCESS
    found = office.rows(select(messages).order_by(messages.c.uid))
    for row, (name, (_, expected)) in zip(found, ODD.items(), strict=True):
        files = office.rows(
            select(attachments).where(attachments.c.message_id == row.id).order_by(attachments.c.position)
        )
        told = {**row._mapping, "files": [(one.filename, one.content_type, one.size) for one in files]}
        assert {key: told[key] for key in expected} == expected, name
        assert row.attachment_count == len(files), name


def test_one_that_fails_stops_none_of_the_others_and_is_named(office: Office, inboxes: Dovecot) -> None:
    company = office.company()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        broken = {
            "u1": ({"password": "faux-mot-de-passe"}, "refuse l'identifiant ou le mot de passe de u1"),
            "u2": ({"port": nobody.getsockname()[1]}, "connexion refusée"),
            "u3": ({"folder": "Été/Facturé"}, "n'ouvre pas le dossier 'Été/Facturé'"),
            "u4": ({"tls": "tls", "port": inboxes.tls_port}, "certificat"),
        }
        ids = {user: office.mailbox(company, inboxes, user, **fields) for user, (fields, _) in broken.items()}
        locked = office.mailbox(company, inboxes, "u7")
        office.change(tables.integrations, locked, password="sealed with a key that is gone")
        good = office.mailbox(company, inboxes, "u5")
        office.mailbox(company, inboxes, "u6", isActive=False)
        inboxes.deliver("u5", [plain("arrivé")])
        done = office.sync()
    assert done.state is State.FAILED
    assert "5 intégration(s) sur 6 en échec" in str(done.error_message)
    assert done.metadata == {
        "integrations": 6, "succeeded": 1, "failed": 5, "newMessages": 1, "knownMessages": 0
    }  # fmt: skip
    assert office.subjects(good) == {"arrivé": 1}
    assert "another key" in office.integration(locked).error
    for user, (_, words) in broken.items():
        row = office.integration(ids[user])
        assert words in row.error and f"{user} (Boulangerie Martin) : " in str(done.error_message)
        assert (row.failures_in_row, row.failed_at) == (1, office.harness.now)
    assert "faux-mot-de-passe" not in office.said(done) + str(done.error_message)
    office.change_mailbox(ids["u1"], password=PASSWORD.format("u1"))
    office.sync()
    assert (office.integration(ids["u1"]).error, office.integration(ids["u2"]).failures_in_row) == (None, 2)


def test_a_server_that_dies_in_the_middle_fails_the_run_and_the_next_one_catches_up(
    office: Office, inboxes: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = office.mailbox(office.company(), inboxes, "u1")
    inboxes.lay("u1", [plain(str(number)) for number in range(500)])
    with dying(inboxes, after=2, monkeypatch=monkeypatch):
        died = office.sync()
    assert died.state is State.FAILED
    assert f"u1 (Boulangerie Martin) : le serveur IMAP 127.0.0.1:{inboxes.port} a coupé la connexion" in str(
        died.error_message
    ) or "est perdue" in str(died.error_message)
    kept = office.subjects(box)
    assert 0 < kept.total() < 500, "what had come by then is kept"
    away = office.sync()
    assert "n'est pas joignable (connexion refusée)" in str(away.error_message)
    inboxes.start()
    assert office.sync().result["newMessages"] == 500 - kept.total()
    assert office.subjects(box) == Counter(str(number) for number in range(500))


@contextmanager
def dying(server: Dovecot, after: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kill the server when so many pieces have been read: before the next one is."""
    pieces_read, whole = 0, imap.Line.read

    def read(self: imap.Line, uids: list[int], most: int | None = None) -> dict[int, bytes]:
        nonlocal pieces_read
        pieces_read += bool(uids)
        if pieces_read == after + 1:
            server.stop(signal.SIGKILL)
        return whole(self, uids, most)

    with monkeypatch.context() as patch:
        patch.setattr(imap.Line, "read", read)
        yield


def test_new_uids_for_old_messages_make_nothing_twice_and_lose_nothing(office: Office, inboxes: Dovecot) -> None:
    box = office.mailbox(office.company(), inboxes, "u1")
    inboxes.deliver("u1", [plain("a"), plain("twin"), plain("twin"), plain("b")])
    office.sync()
    before = office.integration(box)
    inboxes.renumber("u1")
    inboxes.deliver("u1", [plain("twin"), plain("c")])
    again = office.sync()
    after = office.integration(box)
    assert after.uid_validity != before.uid_validity and after.generation == 2
    assert (again.result["newMessages"], again.result["knownMessages"]) == (2, 4)
    assert office.subjects(box) == {"a": 1, "twin": 3, "b": 1, "c": 1}
    office.change_mailbox(box, username="u2", password=PASSWORD.format("u2"))  # another mailbox: read from its start
    inboxes.deliver("u2", [plain("a"), plain("d")])
    assert office.sync().result["newMessages"] == 1, "the same letter is known again, wherever it lies now"
    assert office.subjects(box)["d"] == 1


@pytest.mark.one_database
def test_two_runs_at_once_keep_each_message_once(office: Office, inboxes: Dovecot) -> None:
    box = office.mailbox(office.company(), inboxes, "u1")
    inboxes.lay("u1", [plain(str(number)) for number in range(300)])
    services = office.services
    with services.database.reading() as connection:
        one = stored.get(connection, box)
    assert one is not None
    ends: list[str] = []

    def run() -> None:
        try:
            sync(one, address_of(one, services), Means(services.database, services.tools.clock, 20, 10**7))
            ends.append("done")
        except Overtaken:
            ends.append("overtaken")

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["done", "overtaken", "overtaken", "overtaken"]
    assert office.subjects(box) == Counter(str(number) for number in range(300))


@pytest.mark.one_database
def test_of_what_is_too_large_the_beginning_is_read(
    office: Office, inboxes: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.mailbox(office.company(), inboxes, "u1")
    monkeypatch.setattr("orario.apps.lokario.inbox.running._MEGABYTE", 10_000)  # 25 of them
    inboxes.deliver("u1", [plain("énorme", "x" * 70 + "\r\n", 6000), plain("petit")])
    office.sync()
    [large, small] = office.rows(select(messages).order_by(messages.c.uid))
    assert large.size > 400_000 and len(large.text) == 100_000
    assert (large.subject, large.problem) == ("énorme", "only its beginning was read, because it is too large")
    assert (small.subject, small.problem) == ("petit", None)


def test_passwords_are_encrypted_wherever_they_are_kept(office: Office, inboxes: Dovecot, harness: Harness) -> None:
    office.mailbox(office.company(), inboxes, "u1")
    [row] = office.rows(text("SELECT * FROM lokario_integrations"))  # type: ignore[arg-type]
    assert PASSWORD.format("u1") not in str(tuple(row))
    found = office.services.people.audit(per_page=100)
    assert PASSWORD.format("u1") not in str(found)
    if harness.runtime.database.path is not None:
        assert PASSWORD.format("u1").encode() not in Path(harness.runtime.database.path).read_bytes()


def test_pieces_fit_into_memory_and_leave_nothing_out() -> None:
    listed = [imap.Listed(uid, size, None) for uid, size in enumerate([5, 5, 30, 1, 1, 9, 2])]
    found = list(pieces(listed, limit=10))
    assert [[one.uid for one in piece] for piece in found] == [[0, 1], [2], [3, 4], [5], [6]]
    assert imap.spelled([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"
