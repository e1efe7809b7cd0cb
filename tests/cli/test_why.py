"""The command `orario why`, on the database itself."""

import pytest

from orario.cli.exits import Exit
from tests.cli.terminal import Orario


@pytest.fixture
def job(orario: Orario) -> str:
    flags = ("--task", "shop.close_the_day", "--cron", "0 2 * * *", "--timezone", "Europe/Rome")
    assert orario("jobs", "create", "Nightly", *flags).code == 0
    return "nightly"


def test_a_paused_job_says_by_whom_and_with_what_note(orario: Orario, job: str) -> None:
    orario("jobs", "pause", job, "--note", "stock-taking")
    said = orario("why", job)
    assert said.code == 0, said.err
    assert said.out.startswith("nightly does not fire.\n  because The job was paused by cli:")
    assert "(stock-taking)." in said.out


def test_a_time_may_be_one_word_or_two(orario: Orario, job: str) -> None:
    for time in (["yesterday", "02:00"], ["yesterday 02:00"], ["2020-01-31T02:00"], ["02:00"]):
        said = orario("why", job, *time)
        assert said.code == 0, said.err
        assert "The job was created only at" in said.out
    assert "is to run at" in orario("why", job, "tomorrow", "02:00").out


def test_the_json_is_the_apis_own(orario: Orario, job: str) -> None:
    answer = orario("why", job, "2020-01-31T02:30", "--json").json
    assert (answer["verdict"], answer["causes"][0]["kind"]) == ("not_due", "created_later")
    assert answer["sentence"].startswith(
        "nightly was not due at 2020-01-31 02:30 CET (01:30 UTC): the job was created"
    )


def test_no_time_and_no_job_are_refused_by_exit_code(orario: Orario, job: str) -> None:
    refused = orario("why", job, "soon")
    assert (refused.code, "at: this is no time" in refused.err) == (Exit.INVALID, True)
    assert orario("why", "nobody").code == Exit.NOT_FOUND
