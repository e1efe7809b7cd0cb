"""The nights in which Bucharest changes its clocks: every job runs when its document and Debian's cron say."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orario.apps.agent import app

ZONE = ZoneInfo("Europe/Bucharest")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # 03:00 becomes 04:00; 04:00 becomes 03:00


def moments(slug: str, day: date) -> list[str]:
    """When the job is due on a day of Bucharest, by UTC."""
    start = datetime.combine(day, datetime.min.time(), ZONE).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZONE).astimezone(UTC)
    schedule, at = app.declarations[slug].schedule, start - timedelta(microseconds=1)
    found = []
    while (moment := schedule.next(at)) is not None and moment < end:
        found.append(f"{moment:%H:%M}")
        at = moment
    return found


@pytest.mark.parametrize(
    ("slug", "day", "due"),
    [
        ("cleanup-resolved-sessions", SPRING, ["00:00"]),  # 02:00 EET
        ("backup-data", SPRING, ["01:00"]),  # 03:00 is skipped: right after the gap
        ("validate-credentials", SPRING, ["01:00"]),  # 04:00 EEST, the same moment
        ("daily-report", SPRING, ["05:00"]),
        ("cleanup-resolved-sessions", AUTUMN, ["23:00"]),  # 02:00 EEST
        ("backup-data", AUTUMN, ["00:00"]),  # 03:00 is shown twice: the first time
        ("validate-credentials", AUTUMN, ["02:00"]),  # 04:00 EET
        ("daily-report", AUTUMN, ["06:00"]),
        ("cleanup-old-messages", SPRING, ["22:00"]),  # midnight of a Sunday
        ("cleanup-expired-credentials", AUTUMN, ["22:00"]),
    ],
)
def test_a_nightly_job_runs_once_in_the_night_of_a_change(slug: str, day: date, due: list[str]) -> None:
    assert moments(slug, day) == due


def test_what_runs_all_day_long_follows_the_elapsed_time() -> None:
    assert len(moments("check-system-performance", SPRING)) == 46
    assert len(moments("check-system-performance", AUTUMN)) == 50
    for slug in ("reservation-reminders", "check-inactive-sessions", "check-abandoned-sessions", "sync-credentials"):
        for day in (SPRING, AUTUMN):
            found = moments(slug, day)
            assert len(found) == len(set(found)) and len(found) in {2, 4, 6, 11, 12}, (slug, day, found)
