"""Charts and times, as they come out."""

from datetime import UTC, datetime, timedelta

import pytest

from orario.dashboard import charts, moments
from orario.dashboard.charts import Bar, Cell, Row
from orario.dashboard.words import browser_of, icon_of_job

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)


def test_bars_stand_on_each_other_and_say_what_they_are() -> None:
    drawn = charts.bars([Bar({"good": 3, "bad": 1}, "<b>", "/x?a=1&b=2"), Bar({}, "nothing")], "Runs & more")
    assert 'class="t-good" x="7.00%" y="25.0%" width="36.00%" height="75.0%"' in drawn
    assert 'class="t-bad" x="7.00%" y="0.0%"' in drawn
    assert "<title>&lt;b&gt;</title>" in drawn and 'href="/x?a=1&amp;b=2"' in drawn
    assert 'aria-label="Runs &amp; more"' in drawn and "style=" not in drawn


def test_a_sparkline_keeps_its_places() -> None:
    drawn = charts.sparkline([Bar({"good": 100}, "one")], "Last runs", places=4)
    assert 'x="78.50%"' in drawn, "the latest stands at the right"


def test_a_heat_map_tells_the_least_from_the_most() -> None:
    row = Row("Mon", [Cell(0, "none"), Cell(4, "few"), Cell(5, "more"), Cell(8, "most")])
    drawn = charts.heat([row], ["0", "1", "2", "3"], "A week")
    assert [f'class="h{shade}"' in drawn for shade in range(6)] == [True, True, True, False, False, True]


def test_progress_without_a_total_says_what_is_done() -> None:
    assert "12 done" in charts.progress(12, 0)
    assert "under way" in charts.progress(0, 0)
    assert 'aria-label="1,500 of 2,000"' in charts.progress(1500, 2000, 20)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.004, "4 ms"), (2.44, "2.4 s"), (42, "42 s"), (200, "3 m 20 s"), (7500, "2 h 5 m"), (273600, "3 d 4 h")],
)
def test_lengths_are_short(seconds: float, text: str) -> None:
    assert moments.length(seconds) == text


def test_moments_say_their_zone_and_the_day_where_it_is_not_today() -> None:
    assert moments.absolute(NOW, "Europe/Rome", NOW) == "13:00 CET"
    assert moments.absolute(NOW + timedelta(days=1, seconds=9), "Europe/Rome", NOW) == "29 Mar, 14:00:09 CEST"
    assert moments.absolute(NOW, "Asia/Kathmandu", NOW) == "17:45 UTC+05:45"
    assert "12:00:00 UTC" in moments.whole(NOW, "Europe/Rome")
    assert moments.relative(NOW - timedelta(minutes=5), NOW) == "5 minutes ago"
    assert moments.relative(NOW + timedelta(hours=3), NOW) == "in 3 hours"


def test_signs_tell_what_the_documented_jobs_do() -> None:
    signs = {
        "ExpireServers": "clock",
        "DeleteServers": "trash",
        "SendEmails": "mail",
        "GenerateExpiryEmails": "file-plus",
        "GenerateDeletionEmails": "alert",
        "CheckNewVersions": "refresh",
    }
    assert {slug: icon_of_job(slug, "gamehost.x") for slug in signs} == signs


def test_browsers_are_named_shortly() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36"
    assert browser_of(agent) == "Chrome on Linux"
    assert browser_of(None) == "unknown"
