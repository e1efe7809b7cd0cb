"""The API of notices: secrets stay inside, what makes no sense is refused, everybody sees why they were told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from orario.asgi import create_app
from orario.service.people import Role
from orario.testing import TESTER, Harness
from tests.api.serving import serving
from tests.apps.notify.servers import SECRET, Mailbox, Receiver
from tests.apps.notify.shop import MOODS, harness, hook

BASE = "/api/v1/notify"


@pytest.fixture
def house() -> Iterator[Harness]:
    with harness() as house:
        yield house


@pytest.fixture
def api(house: Harness) -> Iterator[httpx.Client]:
    with client_of(house) as client:
        yield client


@contextmanager
def client_of(house: Harness) -> Iterator[httpx.Client]:
    """An administrator's client of a real server."""
    with (
        serving(create_app(house.runtime)) as address,
        httpx.Client(base_url=address, headers=_as(house, Role.ADMIN), timeout=30) as client,
    ):
        yield client


def _as(house: Harness, role: Role) -> dict[str, str]:
    _, token = house.services.people.create_token(f"a {role.value}", role, TESTER)
    return {"Authorization": f"Bearer {token}"}


def webhook(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {"kind": "webhook", "url": receiver.url, "signingSecret": SECRET, **more}


def test_a_channel_shows_no_secret_anywhere(house: Harness, api: httpx.Client, receiver: Receiver) -> None:
    made = api.put(f"{BASE}/channels/ops", json=webhook(receiver))
    mail = api.put(
        f"{BASE}/channels/mail",
        json={"kind": "apprise", "url": "mailtos://me:hunter22@localhost:1?from=a@b.cd&to=a@b.cd"},
    )
    assert (made.status_code, mail.status_code) == (200, 200)
    assert made.json()["url"] == f"http://127.0.0.1:{receiver.port}/********"
    MOODS["close"] = "bad"
    house.advance("10m")
    seen = api.get(f"{BASE}/channels").text + api.get(f"{BASE}/notices").text + str(house.services.people.audit())
    seen += "".join(str(one.args) for one in house.executions("notices"))
    assert house.runtime.database.path is not None
    house.runtime.database.checkpoint()
    kept = Path(house.runtime.database.path).read_bytes()
    for secret in (SECRET, "dont-show-this", "hunter22"):
        assert secret not in seen
        assert secret.encode() not in kept


def test_secrets_that_are_left_out_stay(api: httpx.Client, receiver: Receiver) -> None:
    api.put(f"{BASE}/channels/ops", json=webhook(receiver))
    shown = api.get(f"{BASE}/channels/ops").json()["url"]
    for body in ({"kind": "webhook", "perHour": 5}, {"kind": "webhook", "url": shown, "signingSecret": "********"}):
        assert api.put(f"{BASE}/channels/ops", json=body).status_code == 200
        assert api.post(f"{BASE}/channels/ops/test").json()["isSent"] is True


def test_a_test_says_how_it_went(api: httpx.Client, receiver: Receiver) -> None:
    api.put(f"{BASE}/channels/ops", json=webhook(receiver))
    receiver.answers = [410]
    bad = api.post(f"{BASE}/channels/ops/test").json()
    assert (bad["isSent"], bad["error"]) == (False, "the receiver answered 410 Gone")
    assert api.get(f"{BASE}/health").status_code == 503
    good = api.post(f"{BASE}/channels/ops/test").json()
    assert (good["isSent"], good["error"]) == (True, None)
    assert api.get(f"{BASE}/health").json()["isHealthy"] is True
    assert receiver.calls[1].key == good["noticeId"] and receiver.kinds == ["test", "test"]
    assert {one["status"] for one in api.get(f"{BASE}/notices").json()["notices"]} == {"sent", "failed"}
    assert api.post(f"{BASE}/channels/nobody/test").status_code == 404


def test_an_error_of_a_mail_server_tells_no_password(api: httpx.Client, mailbox: Mailbox) -> None:
    mailbox.refuses = ["550 go away"]
    url = f"{mailbox.url}&name=Night watch"
    assert api.put(f"{BASE}/channels/mail", json={"kind": "apprise", "url": url}).status_code == 200
    answer = api.post(f"{BASE}/channels/mail/test").json()
    assert answer["isSent"] is False and "refused" in answer["error"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"kind": "apprise"}, ["body", "url"]),
        ({"kind": "apprise", "url": "nonsense"}, ["body", "url"]),
        ({"kind": "webhook", "url": "ftp://x", "signingSecret": SECRET}, ["body", "url"]),
        ({"kind": "webhook", "url": "http://x/"}, ["body", "signingSecret"]),
        (
            {"kind": "webhook", "url": "http://x/", "signingSecret": SECRET, "calendars": ["none"]},
            ["body", "calendars", 0],
        ),
        (
            {"kind": "apprise", "url": "json://x/", "quiet": {"start": "25:00", "end": "07:00"}},
            ["body", "quiet", "start"],
        ),
        ({"kind": "apprise", "url": "json://x/", "timezone": "Mars/Base"}, ["body", "timezone"]),
        ({"kind": "apprise", "url": "json://x/", "speed": 3}, ["body", "speed"]),
    ],
)
def test_a_channel_that_cannot_be_is_refused_with_its_place(
    api: httpx.Client, body: dict[str, Any], place: list[Any]
) -> None:
    answer = api.put(f"{BASE}/channels/ops", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == place
    assert api.get(f"{BASE}/channels").json() == {"channels": []}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"on": []}, ["body", "on"]),
        ({"on": ["digest"]}, ["body", "on", 0]),
        ({"on": ["late_start"]}, ["body", "startWithinSeconds"]),
        ({"on": ["memory"]}, ["body", "memoryMb"]),
        ({"on": ["failure"], "failures": 4, "of": 3}, ["body", "of"]),
        ({"on": ["failure"], "job": "nobody"}, ["body", "job"]),
        ({"on": ["failure"], "job": "close", "app": "shop"}, ["body", "app"]),
        ({"on": ["failure", "clock_step"], "job": "close"}, ["body", "on", 1]),
        ({"on": ["failure"], "channels": ["nobody"]}, ["body", "channels", 0]),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_place(
    api: httpx.Client, body: dict[str, Any], place: list[Any]
) -> None:
    answer = api.put(f"{BASE}/rules/mine", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"][0]["loc"] == place


def test_rules_are_listed_with_the_one_that_is_built_in(api: httpx.Client) -> None:
    assert api.put(f"{BASE}/rules/mine", json={"on": ["failure"], "failures": 3}).status_code == 200
    assert [(one["name"], one["source"]) for one in api.get(f"{BASE}/rules").json()["rules"]] == [
        ("mine", "api"),
        ("default", "built in"),
    ]
    assert api.put(f"{BASE}/rules/default", json={"on": ["failure"]}).status_code == 409
    assert api.delete(f"{BASE}/rules/mine").status_code == 204
    assert api.delete(f"{BASE}/rules/mine").status_code == 404


def test_a_channel_that_a_rule_names_is_not_deleted(api: httpx.Client, receiver: Receiver) -> None:
    api.put(f"{BASE}/channels/ops", json=webhook(receiver))
    api.put(f"{BASE}/rules/mine", json={"on": ["failure"], "channels": ["ops"]})
    assert api.delete(f"{BASE}/channels/ops").status_code == 409
    api.delete(f"{BASE}/rules/mine")
    assert api.delete(f"{BASE}/channels/ops").status_code == 204


def test_viewers_read_and_only_admins_write(house: Harness, api: httpx.Client, receiver: Receiver) -> None:
    api.put(f"{BASE}/channels/ops", json=webhook(receiver))
    everybody = (Role.VIEWER, Role.OPERATOR)
    for headers in [_as(house, role) for role in everybody]:
        assert api.get(f"{BASE}/channels", headers=headers).status_code == 200
        assert api.put(f"{BASE}/channels/ops", json=webhook(receiver), headers=headers).status_code == 403
        assert api.post(f"{BASE}/channels/ops/test", headers=headers).status_code == 403
        assert api.delete(f"{BASE}/rules/mine", headers=headers).status_code == 403
    stranger = {"Authorization": "Bearer nobody"}
    assert api.get(f"{BASE}/notices", headers=stranger).status_code == 401
    assert api.put(f"{BASE}/channels/ops", content=b"nonsense", headers=stranger).status_code == 401


def test_whoever_asks_why_they_were_told_finds_it(house: Harness, api: httpx.Client, receiver: Receiver) -> None:
    hook(receiver)
    MOODS["close"] = "no till answers"
    [failed, *_] = house.advance("10m")
    answer = api.get(f"{BASE}/notices", params={"job": "close", "status": "sent", "kind": "failure"}).json()
    assert answer["total"] == 1
    [one] = answer["notices"]
    assert (one["executionId"], one["channel"], one["rule"]) == (str(failed.id), "ops", "default")
    assert "no till answers" in api.get(f"{BASE}/notices/{one['id']}").json()["text"]
    assert api.get(f"{BASE}/notices", params={"execution": str(failed.id)}).json()["total"] == 1
    assert api.get(f"{BASE}/notices", params={"since": "2027-01-01T00:00:00Z"}).json()["total"] == 0
    assert api.get(f"{BASE}/notices", params={"status": "perhaps"}).status_code == 422


def test_channels_of_the_environment_are_shown_masked_and_not_changed(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "ORARIO_NOTIFY_URLS",
        "mailtos://me:hunter22@example.com?to=a@b.cd slack://TAAAAAAAA/BBBBBBBBB/cccccccccccccccccccccccc",
    )
    monkeypatch.setenv("ORARIO_NOTIFY_WEBHOOK_URL", receiver.url)
    monkeypatch.setenv("ORARIO_NOTIFY_WEBHOOK_SECRET", SECRET)
    with harness() as house, client_of(house) as api:
        _check_environment(api, receiver)


def _check_environment(api: httpx.Client, receiver: Receiver) -> None:
    found = api.get(f"{BASE}/channels")
    assert [one["name"] for one in found.json()["channels"]] == ["default-1", "default-2", "webhook"]
    assert "hunter22" not in found.text and "cccccccccc" not in found.text
    assert api.put(f"{BASE}/channels/webhook", json=webhook(receiver)).status_code == 409
    assert api.post(f"{BASE}/channels/webhook/test").json()["isSent"] is True


def test_an_address_that_cannot_be_ends_the_start_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_NOTIFY_URLS", "nonsense://hunter22")
    with pytest.raises(Exception, match="ORARIO_NOTIFY_URLS") as refusal:
        harness()
    assert "hunter22" not in str(refusal.value)
