"""The documented variables: their defaults, what is refused, and what they switch off."""

import pytest
from pydantic import ValidationError

from orario.apps.agent import app
from orario.apps.agent.schedules import PLANNED
from orario.apps.agent.settings import AgentSettings
from orario.core.errors import Misconfigured
from orario.core.execution import Trigger
from orario.runtime import Runtime
from orario.settings import Settings
from tests.apps.agent.house import harness

DOCUMENTED = {
    "CRON_ENABLED": True,
    "CRON_TIMEZONE": "Europe/Bucharest",
    "CRON_MEMORY_THRESHOLD_MB": 500,
    "CRON_CPU_THRESHOLD_PERCENT": 80,
    "CRON_BACKUP_ENABLED": True,
    "CRON_BACKUP_RETENTION_DAYS": 30,
    "CRON_CLEANUP_RESOLVED_SESSIONS_DAYS": 30,
    "CRON_CLEANUP_OLD_SESSIONS_DAYS": 180,
    "CRON_CLEANUP_INACTIVE_SESSIONS_HOURS": 24,
    "CRON_CLEANUP_ABANDONED_SESSIONS_HOURS": 48,
    "CRON_CLEANUP_OLD_MESSAGES_DAYS": 90,
    "CRON_CLEANUP_OLD_LOGS_DAYS": 30,
    "CRON_REMINDERS_ENABLED": True,
    "CRON_REMINDERS_HOURS_BEFORE": 2,
    "CRON_REPORTS_ENABLED": True,
    "CRON_REPORTS_RECIPIENTS": ["admin@example.com", "manager@example.com"],
    "CRON_MONITORING_ENABLED": True,
    "CRON_MONITORING_CHECK_INTERVAL_MINUTES": 30,
}


def test_every_documented_variable_has_the_documented_default() -> None:
    found = AgentSettings().model_dump()
    assert {name: found[name.lower()] for name in DOCUMENTED} == DOCUMENTED
    assert {name.upper() for name in found if name.startswith("cron_")} == set(DOCUMENTED)


@pytest.mark.parametrize("value", ["", "0", "-1", "many", "1.5", "99999999999"])
def test_a_limit_that_makes_no_sense_is_refused_at_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [name for name, usual in DOCUMENTED.items() if isinstance(usual, int) and usual is not True]
    for name in limits:
        if value == "1.5" and "THRESHOLD" in name:
            continue
        with monkeypatch.context() as patch, pytest.raises(ValidationError, match=name.lower()):
            patch.setenv(name, value)
            AgentSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CRON_ENABLED", "perhaps"),
        ("CRON_TIMEZONE", "Europe/Atlantis"),
        ("CRON_TIMEZONE", "../etc/passwd"),
        ("CRON_REPORTS_RECIPIENTS", "admin@example.com,nobody"),
        ("CRON_MONITORING_CHECK_INTERVAL_MINUTES", "95"),
        ("ORARIO_AGENT_MAIL_URL", "http://mail.example.com"),
        ("ORARIO_AGENT_MESSAGES_URL", "ftp://example.com"),
    ],
)
@pytest.mark.one_database
def test_the_server_says_which_variable_is_wrong(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv(name, value)
    runtime = Runtime(Settings(database_url=database_url), [app])
    with pytest.raises(Misconfigured, match=f"{name}.*app agent") as raised:
        runtime.look()
    runtime.database.close()
    assert value not in raised.value.message


@pytest.mark.one_database
def test_switched_off_jobs_stay_listed_and_are_never_due(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("CRON_ENABLED", "false")
    with harness(database_url) as house:
        assert house.advance("2d") == []
        assert all(house.cursor(one.slug).next_at is None for one in PLANNED)
        monkeypatch.delenv("CRON_ENABLED")
        for switch in ("BACKUP", "REMINDERS", "REPORTS", "MONITORING"):
            monkeypatch.setenv(f"CRON_{switch}_ENABLED", "false")
        house.restart()
        off = {one.slug for one in PLANNED if house.cursor(one.slug).next_at is None}
        assert off == {"backup-data", "reservation-reminders", "daily-report", "check-system-performance"}
        assert {one.job_name for one in house.advance("1d")}.isdisjoint(off)
        assert house.executions("validate-credentials")[0].trigger is Trigger.SCHEDULER


@pytest.mark.parametrize(
    ("minutes", "expression"),
    [(1, "*/1 * * * *"), (15, "*/15 * * * *"), (60, "0 * * * *"), (360, "0 */6 * * *"), (1440, "0 0 * * *")],
)
@pytest.mark.one_database
def test_the_check_interval_is_the_schedule(
    minutes: int, expression: str, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("CRON_MONITORING_CHECK_INTERVAL_MINUTES", str(minutes))
    monkeypatch.setenv("CRON_TIMEZONE", "UTC")
    with harness(database_url) as house:
        schedule = house.job("check-system-performance").schedule
        assert getattr(schedule, "expression", None) == expression
