"""Jobs of the shipped apps through a whole Orario: refused when declared, run, recorded, masked."""

import asyncio
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from orario import Refused, State
from orario.apps.http import app as http
from orario.apps.shell import app as shell
from orario.service.documents import JobDocument
from orario.testing import TESTER, Harness
from tests.apps.http.site import site

MINUTELY = {"jobTypeId": 1, "scheduleConfig": {"minutes": 1}}
Create = Callable[..., str]


@pytest.fixture
def address() -> Iterator[str]:
    """A site on a thread of its own: the harness's loop runs only while something is due."""
    loop, up = asyncio.new_event_loop(), site()
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield asyncio.run_coroutine_threadsafe(up.__aenter__(), loop).result(10)
    asyncio.run_coroutine_threadsafe(up.__aexit__(None, None, None), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    monkeypatch.setenv("ORARIO_SHELL_ENABLED", "true")
    with Harness(http, shell) as harness:
        yield harness


def create(harness: Harness, task: str, args: dict[str, Any], **fields: Any) -> str:
    number = harness.services.tasks.get(task).id
    sent = {"name": "It", "taskFunctionId": number, **MINUTELY, "taskArgs": args, **fields}
    slug: str = harness.services.jobs.create(JobDocument.model_validate(sent), TESTER).job.slug
    return slug


def test_an_http_job_fires_and_its_answers_are_recorded(harness: Harness, address: str) -> None:
    job = create(harness, "http.request", {"url": f"{address}/hello"})
    fired = harness.advance("3m")
    assert [one.state for one in fired] == [State.SUCCESS] * 3
    assert (fired[0].result["statusCode"], fired[0].result["body"]) == (200, "hello")
    harness.check_ledger(job)


def test_an_answer_that_was_not_expected_is_a_failure_with_its_sentence(harness: Harness, address: str) -> None:
    create(harness, "http.request", {"url": f"{address}/status/503"})
    [fired] = harness.advance("1m")
    assert fired.state is State.FAILED
    assert "answered 503 Service Unavailable, expected 2xx; it begins: the till is closed" in str(fired.error_message)
    assert fired.metadata is not None
    assert fired.metadata["statusCode"] == 503


def test_a_forbidden_address_is_not_tried_again(harness: Harness) -> None:
    create(harness, "http.request", {"url": "http://169.254.169.254/"}, retryCount=3, retryDelaySeconds=1)
    fired = harness.advance("1m")
    assert [(one.state, one.attempt) for one in fired] == [(State.FAILED, 1)]


def test_a_secret_header_is_sent_and_shown_nowhere(harness: Harness, address: str) -> None:
    headers = {"Authorization": "Bearer hunter2hunter2"}
    job = create(harness, "http.request", {"url": f"{address}/echo", "headers": headers})
    [fired] = harness.advance("1m")
    assert '"Authorization": "********"' in fired.result["body"], "the site has got it, and said so"
    shown = harness.services.jobs.get(job).job.args
    assert shown["headers"]["Authorization"] == "********"


@pytest.mark.parametrize(
    ("task", "args"),
    [
        ("http.request", {"url": "gopher://example.com/"}),
        ("http.request", {}),
        ("shell.command", {"command": []}),
    ],
)
def test_arguments_that_do_not_fit_are_refused_when_the_job_is_declared(
    harness: Harness, task: str, args: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        create(harness, task, args)
    assert not harness.executions()


def test_a_shell_job_writes_its_log_and_hides_its_secrets(harness: Harness) -> None:
    line = 'echo "the password is $PGPASSWORD"; echo careful >&2'
    create(harness, "shell.command", {"command": line, "env": {"PGPASSWORD": "hunter2hunter2"}})
    [fired] = harness.advance("1m")
    assert (fired.state, fired.result) == (State.SUCCESS, {"exitCode": 0, "lines": 2})
    lines = [(one.level.value, one.message) for one in harness.services.executions.logs(fired.id)]
    assert sorted(lines) == [("INFO", "the password is ********"), ("WARN", "careful")]


def test_a_failing_command_fails_its_execution(harness: Harness) -> None:
    create(harness, "shell.command", {"command": "echo no disk left >&2; exit 7"})
    [fired] = harness.advance("1m")
    assert fired.state is State.FAILED
    assert "exit code 7; its error output ends:\nno disk left" in str(fired.error_message)


def test_shell_jobs_are_listed_but_refused_until_they_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORARIO_SHELL_ENABLED", raising=False)
    with Harness(http, shell) as harness:
        assert harness.services.tasks.get("shell.command").is_active is False
        with pytest.raises(Refused) as refusal:
            create(harness, "shell.command", {"command": "true"})
        assert "ORARIO_SHELL_ENABLED" in str(refusal.value)
