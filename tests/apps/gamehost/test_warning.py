"""GenerateExpiryEmails and GenerateDeletionEmails: who is warned of what, and that it is once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from orario import State
from orario.apps.gamehost.windows import days_left, warning_window
from tests.apps.gamehost.conftest import Open
from tests.apps.gamehost.desk import Desk

DAY = timedelta(days=1)
BUCHAREST = "Europe/Bucharest"
MORNINGS = ("GenerateExpiryEmails", "GenerateDeletionEmails")


def kinds(desk: Desk) -> dict[str, str]:
    return {one.game_server_id: one.kind for one in desk.rows.mails}


def test_owners_are_warned_seven_days_and_one_day_before_the_expiry_once_per_date(desk: Desk) -> None:
    desk.rows.user(name="Ștefan Țurcanu", email="stefan@example.com")
    for days in (-1, 0.5, 1, 3, 5, 6.5, 7, 9):
        desk.rows.server(f"in {days}", desk.now + days * DAY, name="Grădina 🌷\nlui Ștefan")
    desk.rows.server("expired", desk.now + DAY, status="EXPIRED")
    assert desk.run("GenerateExpiryEmails").result == {"processed": 4, "total": 4, "failed": 0}
    assert desk.run("GenerateExpiryEmails").result == {"processed": 0, "total": 0, "failed": 0}
    assert kinds(desk) == {
        "in 0.5": "EXPIRY_1_DAY",
        "in 1": "EXPIRY_1_DAY",
        "in 6.5": "EXPIRY_7_DAYS",
        "in 7": "EXPIRY_7_DAYS",
    }
    mail = next(one for one in desk.rows.mails if one.game_server_id == "in 7")
    assert mail.subject == "Your server Grădina 🌷 lui Ștefan expires in 7 days"
    assert "Hello Ștefan Țurcanu," in mail.text and "Tuesday, 27 January 2026 at 12:00 (UTC)" in mail.text
    desk.rows.set_server("in 7", expires_at=desk.now + 6.9 * DAY)
    assert desk.run("GenerateExpiryEmails").result["processed"] == 1, "another date is another warning"


def test_owners_are_warned_before_the_deletion(desk: Desk) -> None:
    desk.rows.user()
    for days in (0.5, 3, 7, 80):
        desk.rows.server(f"in {days}", desk.now + (days - 90) * DAY, status="EXPIRED")
    desk.rows.server("active", desk.now - 83 * DAY)
    assert desk.run("GenerateDeletionEmails").result["processed"] == 2
    assert desk.run("GenerateDeletionEmails").result["processed"] == 0
    assert kinds(desk) == {"in 0.5": "DELETION_1_DAY", "in 7": "DELETION_7_DAYS"}
    assert desk.rows.mails[1].subject == "Your server My Minecraft Server will be deleted in 7 days"


def test_every_server_gets_both_warnings_through_a_year_of_mornings_in_bucharest() -> None:
    """Whatever the hour of the expiry, and through both changes of the clock."""
    there = ZoneInfo(BUCHAREST)
    mornings = [datetime(2026, 1, 1, 8, tzinfo=there).replace(tzinfo=None) + at * DAY for at in range(365)]
    moments = [one.replace(tzinfo=there).astimezone(UTC) for one in mornings]
    for days in (1, 7):
        windows = [warning_window(days, one, BUCHAREST) for one in moments]
        assert all(following[0] <= last[1] for last, following in pairwise(windows)), "no gap between"
        last_seconds = [until - timedelta(seconds=1) for _, until in windows]
        assert {days_left(*pair, BUCHAREST) for pair in zip(last_seconds, moments, strict=True)} == {days}
        assert {until.astimezone(there).hour for _, until in windows} == {0}


@pytest.mark.parametrize(
    ("day", "deleted_at", "hour"),
    [
        pytest.param("2026-03-29", "2026-03-29T01:00:00Z", 5, id="03:00 does not exist"),
        pytest.param("2026-10-25", "2026-10-25T00:00:00Z", 6, id="03:00 comes twice"),
    ],
)
def test_in_the_nights_when_bucharest_changes_its_clocks_every_job_runs_once_at_its_time(
    open_desk: Open, day: str, deleted_at: str, hour: int
) -> None:
    desk = open_desk(datetime.fromisoformat(deleted_at) - timedelta(minutes=5), timezone=BUCHAREST)
    ahead = {job: str(desk.harness.services.jobs.next_moments(job, 1)[0]) for job in MORNINGS}
    assert ahead == {job: f"{day} {hour + at:02}:00:00+00:00" for at, job in enumerate(MORNINGS)}
    fired = desk.harness.advance("70m")
    assert all(one.state is State.SUCCESS for one in fired)
    times: dict[str, list[str]] = {}
    for one in fired:
        times.setdefault(one.task.removeprefix("gamehost."), []).append(f"{one.scheduled_for:%FT%TZ}")
    assert times["delete_servers"] == [deleted_at]
    assert len(times["expire_servers"]) == 2 and len(times["send_emails"]) == 14
    for job in ("ExpireServers", "DeleteServers", "SendEmails"):
        desk.harness.check_ledger(job)
