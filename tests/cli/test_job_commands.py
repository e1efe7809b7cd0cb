"""Commands on jobs, tasks, queues, schedules and tokens, on the database itself."""

import json
from pathlib import Path

import pytest

from orario.cli.exits import Exit
from tests.cli.terminal import Orario


@pytest.fixture
def job(orario: Orario) -> str:
    said = orario("jobs", "create", "Count the till", "--task", "shop.close_the_day", "--every", "5m", "--json")
    assert said.code == 0, said.err
    slug: str = said.json["slug"]
    return slug


def test_a_new_job_says_when_it_fires_first(orario: Orario) -> None:
    said = orario("jobs", "create", "Nightly", "--task", "shop.close_the_day", "--cron", "0 2 * * *")
    assert said.code == 0, said.err
    assert said.out.startswith("nightly is created; it fires next in ")


def test_every_flag_reaches_the_job(orario: Orario) -> None:
    flags = "--timezone Europe/Rome --dst both --description Books --slug books --queue reports --priority 5 "
    flags += "--retries 2 --retry-delay 90s --retry-backoff exponential --timeout 10m --max-instances 2 "
    flags += "--overlap queue --misfire none --jitter 30s --start 2030-01-01 --end 2031-01-01 --exclude 2030-12-25 "
    flags += "--pause-after 3 --disabled --arg branch=north --arg orders=7 --task shop.close_the_day"
    said = orario("jobs", "create", "Close the books", "--cron", "30 2 * * *", "--json", *flags.split())
    assert said.code == 0, said.err
    job = said.json
    expected = {
        "slug": "books",
        "description": "Books",
        "timezone": "Europe/Rome",
        "dstPolicy": "both",
        "queue": "reports",
        "priority": 5,
        "retryCount": 2,
        "retryDelaySeconds": 90,
        "retryBackoff": "exponential",
        "timeoutSeconds": 600,
        "maxInstances": 2,
        "overlap": "queue",
        "misfire": "none",
        "jitterSeconds": 30,
        "startAt": "2029-12-31T23:00:00.000Z",
        "endAt": "2030-12-31T23:00:00.000Z",
        "excludeDates": ["2030-12-25"],
        "pauseAfterFailures": 3,
        "isEnabled": False,
        "taskArgs": {"branch": "north", "orders": 7},
    }
    assert {key: job[key] for key in expected} == expected


def test_an_http_job_is_made_by_one_flag(orario: Orario) -> None:
    said = orario("jobs", "create", "Ping", "--http", "get", "https://example.org/", "--every", "10s", "--json")
    assert said.code == 0, said.err
    assert said.json["taskArgs"] == {"method": "GET", "url": "https://example.org/"}


def test_arguments_come_from_standard_input_and_never_from_argv(orario: Orario) -> None:
    secret = json.dumps({"url": "https://example.org/", "headers": {"Authorization": "Bearer hidden"}})
    arguments = ("jobs", "create", "Call", "--task", "http.request", "--every", "1h", "--args-file", "-", "--json")
    said = orario(*arguments, stdin=secret)
    assert said.code == 0, said.err
    assert "hidden" not in said.out
    assert said.json["taskArgs"]["headers"]["Authorization"] == "********"


def test_what_does_not_fit_the_function_is_told_by_place(orario: Orario) -> None:
    said = orario("jobs", "create", "X", "--task", "shop.close_the_day", "--every", "5m", "--arg", "orders=many")
    assert said.code == Exit.INVALID
    assert said.err.startswith("Error: taskArgs.orders: ")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("jobs", "show", "nothing"), Exit.NOT_FOUND, "Error: There is no such job"),
        (("jobs", "create", "X", "--task", "no.such", "--every", "5m"), Exit.NOT_FOUND, "There is no task no.such"),
        (("jobs", "create", "X", "--task", "shop.dawdle"), Exit.INVALID, "Give the job a schedule"),
        (("jobs", "create", "X", "--every", "5m"), Exit.INVALID, "Give the job its work"),
        (("jobs", "create", "X", "--task", "shop.dawdle", "--cron", "61 * * * *"), Exit.INVALID, "expression"),
        (("executions", "show", "nothing"), Exit.NOT_FOUND, "Error: "),
        (("jobs", "edit", "close_the_day"), Exit.INVALID, "Nothing to change"),
        (("jobs", "list", "--nothing"), Exit.INVALID, "No such option"),
    ],
)
def test_what_cannot_be_done_ends_with_its_code_and_a_sentence(
    orario: Orario, arguments: tuple[str, ...], code: Exit, sentence: str
) -> None:
    said = orario(*arguments)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.err


def test_an_edit_changes_what_is_given_and_keeps_the_rest(orario: Orario, job: str) -> None:
    assert orario("jobs", "edit", job, "--arg", "branch=north", "--arg", "orders=2").code == 0
    said = orario("jobs", "edit", job, "--arg", "orders=5", "--timeout", "90s", "--json")
    assert said.json["taskArgs"] == {"branch": "north", "orders": 5}
    assert said.json["timeoutSeconds"] == 90
    assert said.json["scheduleConfig"] == {"hours": 0, "minutes": 5, "seconds": 0}
    said = orario("jobs", "edit", job, "--unset-arg", "orders", "--json")
    assert said.json["taskArgs"] == {"branch": "north"}


def test_an_edit_of_a_job_that_others_changed_is_a_conflict(orario: Orario, job: str) -> None:
    version = orario("jobs", "show", job, "--json").json["version"]
    assert orario("jobs", "edit", job, "--priority", "1", "--if-version", str(version)).code == 0
    assert orario("jobs", "edit", job, "--priority", "2", "--if-version", str(version)).code == Exit.CONFLICT


def test_a_job_is_switched_off_and_on_and_held_back(orario: Orario, job: str) -> None:
    assert orario("jobs", "disable", job).out == f"{job} is disabled; it does not fire.\n"
    assert orario("jobs", "enable", job).out.startswith(f"{job} is enabled; it fires next in ")
    assert orario("jobs", "pause", job, "--note", "stock-taking").code == 0
    shown = orario("jobs", "show", job).out
    assert "stock-taking" in shown
    assert orario("jobs", "resume", job, "--json").json["isPaused"] is False


def test_a_deleted_job_is_gone(orario: Orario, job: str) -> None:
    assert orario("jobs", "delete", job).out == f"{job} is deleted.\n"
    assert orario("jobs", "show", job).code == Exit.NOT_FOUND


def test_the_list_shows_each_job_on_a_line(orario: Orario, job: str) -> None:
    lines = orario("jobs", "list").out.splitlines()
    assert lines[0].split()[:2] == ["JOB", "NAME"]
    assert any(line.startswith(job) for line in lines)


def test_the_list_is_narrowed_by_flags(orario: Orario, job: str) -> None:
    assert orario("jobs", "create", "Wait", "--task", "shop.dawdle", "--every", "1h", "--disabled").code == 0
    for flags, found in (
        (("--task", "shop.dawdle"), ["wait"]),
        (("--disabled",), ["wait"]),
        (("--name", "TILL"), [job]),
        (("--task", "shop.dawdle", "--enabled"), []),
    ):
        assert [one["slug"] for one in orario("jobs", "list", *flags, "--json").json["jobs"]] == found


def test_a_list_that_goes_on_says_so(orario: Orario, job: str) -> None:
    said = orario("jobs", "list", "--per-page", "1")
    assert len(said.out.splitlines()) == 2
    assert "--page 2 goes on" in said.err


def test_the_next_moments_are_as_many_as_asked(orario: Orario) -> None:
    assert len(orario("jobs", "next", "close_the_day", "-n", "3").out.splitlines()) == 3


def test_a_run_with_nobody_at_work_is_refused_and_leaves_nothing(orario: Orario, job: str) -> None:
    said = orario("jobs", "run", job)
    assert said.code == Exit.UNREACHABLE
    assert "orario serve" in said.err
    assert orario("executions", "list", "--json").json["total"] == 0


def test_a_detached_run_waits_for_a_server(orario: Orario, job: str) -> None:
    said = orario("jobs", "run", job, "--detach")
    assert said.code == 0, said.err
    assert orario("executions", "show", said.out.strip(), "--json").json["status"] == "pending"
    assert orario("executions", "list", "--job", job, "--status", "pending", "--json").json["total"] == 1
    assert "is cancelled" in orario("executions", "cancel", said.out.strip()).out


def test_a_command_that_lacks_the_servers_app_breaks_nothing_and_says_what_to_do(
    orario: Orario, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert orario("jobs", "show", "close_the_day", "--json").json["brokenReason"] is None
    monkeypatch.delenv("ORARIO_APPS")
    said = orario("jobs", "run", "close_the_day", "--detach")
    assert said.code == Exit.CONFLICT
    assert "Name the app shop in ORARIO_APPS as module:attribute, or ask its server" in said.err
    assert orario("jobs", "show", "close_the_day", "--json").json["brokenReason"] is None


def test_a_rehearsed_backfill_opens_nothing(orario: Orario) -> None:
    arguments = ("jobs", "backfill", "close_the_day", "--from", "2024-01-01", "--to", "2024-01-04", "--dry-run")
    said = orario(*arguments)
    assert said.code == 0, said.err
    assert len(said.out.splitlines()) == 3
    assert orario("executions", "list", "--json").json["total"] == 0


def test_jobs_travel_as_yaml(orario: Orario, job: str, tmp_path: Path) -> None:
    file = tmp_path / "jobs.yaml"
    file.write_text(orario("jobs", "export").out)
    assert "Nothing would change" in orario("jobs", "plan", str(file)).err
    assert orario("jobs", "delete", job).code == 0
    assert f"+ {job}" in orario("jobs", "plan", str(file)).out
    assert f"+ {job}" in orario("jobs", "apply", str(file)).out
    assert "Nothing to change" in orario("jobs", "apply", "-", stdin=file.read_text()).err
    assert orario("jobs", "show", job).code == 0


def test_a_changed_job_of_code_shows_its_difference_and_goes_back(orario: Orario) -> None:
    assert "No job differs" in orario("jobs", "diff").err
    assert orario("jobs", "edit", "close_the_day", "--timeout", "20m").code == 0
    assert "600 -> 1200" in orario("jobs", "diff", "close_the_day").out
    assert orario("jobs", "reset", "close_the_day").code == 0
    assert "No job differs" in orario("jobs", "diff").err


def test_a_task_shows_the_arguments_that_it_takes(orario: Orario) -> None:
    said = orario("tasks", "show", "shop.close_the_day")
    assert "--arg branch" in said.out
    assert "string, default all" in said.out
    assert "shop.close_the_day" in orario("tasks", "list").out


def test_a_schedule_is_said_in_words_before_it_is_anybodys(orario: Orario) -> None:
    said = orario("schedules", "preview", "--cron", "0 8 * * mon", "--timezone", "Europe/Rome", "-n", "2")
    assert said.code == 0, said.err
    assert said.out.startswith("every Monday at 08:00, Europe/Rome:")
    assert len(said.out.splitlines()) == 3


def test_a_calendar_is_set_shown_and_deleted(orario: Orario) -> None:
    assert (
        orario(
            "schedules", "calendars", "set", "feasts", "--date", "2030-12-25", "--file", "-", stdin="2030-12-26\n"
        ).code
        == 0
    )
    assert orario("schedules", "calendars", "show", "feasts").out == "2030-12-25\n2030-12-26\n"
    assert "feasts" in orario("schedules", "calendars", "list").out
    assert orario("schedules", "calendars", "delete", "feasts").code == 0
    assert orario("schedules", "calendars", "show", "feasts").code == Exit.NOT_FOUND


def test_a_queue_is_made_narrow(orario: Orario) -> None:
    said = orario("queues", "set", "reports", "--width", "2", "--json")
    assert said.code == 0, said.err
    assert said.json["width"] == 2
    assert "reports" in orario("queues", "list").out


def test_a_token_is_printed_alone_and_listed_without_itself(orario: Orario) -> None:
    said = orario("tokens", "create", "ci", "--role", "operator", "--expires", "30d")
    assert said.out.startswith("orario_") and said.out.count("\n") == 1 and said.err == ""
    listed = orario("tokens", "list")
    assert "ci" in listed.out and said.out.strip() not in listed.out


def test_what_a_person_does_at_the_terminal_is_on_record(orario: Orario, job: str) -> None:
    assert orario("jobs", "show", job, "--json").json["createdBy"].startswith("cli:")
