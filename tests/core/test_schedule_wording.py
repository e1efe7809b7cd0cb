"""Schedules in English."""

import pytest

from orario.core.schedule import At, Cron, Every, Schedule
from orario.core.wording import describe

WORDS = [
    ("0 8 * * mon", "every Monday at 08:00, Europe/Rome"),
    ("*/5 * * * *", "every 5 minutes"),
    ("* * * * *", "every minute"),
    ("*/10 * * * * *", "every 10 seconds"),
    ("30 * * * * *", "every minute at second 30, Europe/Rome"),
    ("0 2,14 * * *", "every day at 02:00 and 14:00, Europe/Rome"),
    ("0 8 1 * *", "at 08:00 on day 1 of every month, Europe/Rome"),
    ("*/15 9-17 * * 1-5", "every 15 minutes between 09:00 and 17:59 on weekdays, Europe/Rome"),
    ("0 * * * *", "every hour, Europe/Rome"),
    ("@hourly", "every hour, Europe/Rome"),
    ("30 * * * *", "every hour at minute 30, Europe/Rome"),
    ("0 */2 * * *", "every 2 hours from 00:00, Europe/Rome"),
    ("0 9-17 * * *", "every hour between 09:00 and 17:00, Europe/Rome"),
    ("5,20 * * * *", "at minutes 5 and 20 of every hour, Europe/Rome"),
    ("0 0 L * *", "at 00:00 on the last day of every month, Europe/Rome"),
    ("0 0 L-1 * *", "at 00:00 on the day 1 day before the last of every month, Europe/Rome"),
    ("0 8 15W 1,7 *", "at 08:00 on the weekday nearest to day 15 of January and July, Europe/Rome"),
    ("0 8 * * friL", "at 08:00 on the last Friday of every month, Europe/Rome"),
    ("0 8 * * mon#2", "at 08:00 on the second Monday of every month, Europe/Rome"),
    ("0 8 1,15 * mon", "at 08:00 on days 1 and 15 of every month and on every Monday, Europe/Rome"),
    ("0 8 * jun sun,sat", "every Saturday and Sunday in June at 08:00, Europe/Rome"),
    ("30 0 8 1-7 * *", "at 08:00:30 on days 1 to 7 of every month, Europe/Rome"),
    ("@daily", "every day at 00:00, Europe/Rome"),
    ("0 8 * * 1-5", "every weekday at 08:00, Europe/Rome"),
    ("*/10 * * 1 *", "every 10 minutes in January, Europe/Rome"),
    ("0 8 */2 * mon", "by the cron expression 0 8 */2 * mon, Europe/Rome"),
    ("1-50/3 * * * *", "by the cron expression 1-50/3 * * * *, Europe/Rome"),
]


@pytest.mark.parametrize(("expression", "words"), WORDS)
def test_a_cron_reads_as_a_person_would_say_it(expression: str, words: str) -> None:
    assert describe(Cron(expression), "Europe/Rome") == words


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Every(minutes=5), "every 5 minutes"),
        (Every(hours=1), "every hour"),
        (Every(seconds=90), "every 90 seconds"),
        (Every(hours=24), "every 24 hours"),
        (Every(days=7), "every 7 days"),
        (Every(seconds=0.5), "every 0.5 seconds"),
        (Cron("0 8 * * *", timezone="UTC"), "every day at 08:00, UTC"),
        (At("2026-12-24T08:00:00"), "once at 08:00 on 24 December 2026, Europe/Rome"),
        (At("2026-12-24T08:00:05.25Z"), "once at 08:00:05.25 on 24 December 2026, UTC"),
        (At("2026-12-24T08:00+02:00"), "once at 08:00 on 24 December 2026, UTC+02:00"),
    ],
)
def test_the_other_schedules_read_well_too(schedule: Schedule, words: str) -> None:
    assert describe(schedule, "Europe/Rome") == words
