"""What happens in the ledger reaches a webhook: once, when it should, and nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest

from orario import App, Said, State
from orario.apps.notify import app as notify
from orario.apps.notify.words import Kind, Status
from orario.core.execution import Ending
from orario.service.documents import JobChanges
from orario.testing import TESTER, Harness
from tests.apps.notify.servers import Mailbox, Receiver, verified
from tests.apps.notify.shop import MOODS, harness, hook, make_shop, rule, told
from tests.engine.gate import GateExecutor


@pytest.fixture
def house(receiver: Receiver, database_url: str) -> Iterator[Harness]:
    with harness(database_url=database_url) as house:
        hook(receiver)
        yield house


def test_a_failure_is_told_once_and_its_end_too(house: Harness, receiver: Receiver) -> None:
    MOODS["close"] = "no till answers"
    house.advance("30m")
    MOODS.clear()
    house.advance("20m")
    assert receiver.sentences == ["Close the day failed.", "Close the day works again."]
    assert receiver.calls[1].data["details"]["Had failed"] == "3 times"
    assert [one.status for one in told(house)] == [Status.SENT, Status.SENT]


def test_a_message_says_what_a_person_wants_to_know(house: Harness, receiver: Receiver) -> None:
    MOODS["close"] = "no till answers"
    [failed, *_] = house.advance("10m")
    [call] = receiver.calls
    data = call.data
    assert verified(call.headers, call.body)
    assert (data["kind"], data["severity"], data["job"]["slug"], data["job"]["app"]) == (
        "failure",
        "error",
        "close",
        "shop",
    )
    assert data["subject"] == "[Orario] Close the day failed: ValueError: no till answers"
    assert data["execution"]["id"] == str(failed.id)
    assert [line["message"] for line in data["log"]] == ["opening the books branch=north"]
    assert data["next"]["commands"][0] == f"orario executions show {failed.id}"
    assert call.headers["idempotency-key"] == call.key == data["id"]


def test_nobody_is_told_of_a_recovery_who_was_not_told_of_a_failure(house: Harness, receiver: Receiver) -> None:
    rule("patient", "failure", failures=3)
    MOODS["close"] = "no till answers"
    house.advance("20m")
    MOODS.clear()
    house.advance("10m")
    assert receiver.calls == []
    MOODS["close"] = "no till answers"
    house.advance("30m")
    assert receiver.sentences == ["Close the day failed, 3 times in a row."]


def test_failures_among_the_last_are_told_though_none_follow_each_other(house: Harness, receiver: Receiver) -> None:
    rule("flapping", "failure", failures=2, of=3)
    for mood in ("bad", None, "bad", None, None, None):
        MOODS["close"] = mood
        house.advance("10m")
    assert receiver.kinds == ["failure", "recovery"]


def test_a_rule_of_a_job_stands_in_for_the_rules_of_all(house: Harness, receiver: Receiver) -> None:
    hook(receiver, "boss", isDefault=False)
    rule("close", "failure", job="close", channels=["boss"])
    rule("nobody", "failure", app="shop", channels=[])
    MOODS.update(close="bad", restock="bad")
    house.advance("10m")
    house.trigger("restock")
    assert [(one.channel, one.job) for one in told(house)] == [("boss", "close")]


def test_a_mail_has_text_html_and_a_key(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_NOTIFY_URLS", mailbox.url)
    with harness(public_url="https://orario.example") as house:
        MOODS["close"] = "password=hunter22 was refused"
        house.advance("10m")
        [notice] = told(house)
    [mail] = mailbox.mails
    text, html = mail.iter_parts()
    assert mail["Subject"] == "[Orario] Close the day failed: ValueError: password=******** was refused"
    assert mail["Message-ID"] == f"<{notice.id}@orario>"
    assert "opening the books branch=north" in text.get_content()
    assert f"https://orario.example/executions/{notice.execution_id}" in text.get_content()
    assert "hunter22" not in mail.as_string() and "<b>Close the day failed.</b>" in html.get_content()


def test_a_mail_in_any_script_arrives_as_it_is(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORARIO_NOTIFY_URLS", mailbox.url)
    with harness() as house:
        MOODS["close"] = "Fähre 北京 — " + "ü" * 400
        house.advance("10m")
    [mail] = mailbox.mails
    text, _ = mail.iter_parts()
    assert mail["Subject"].startswith("[Orario] Close the day failed: ValueError: Fähre 北京 — üü")
    assert "Fähre 北京 — üü" in text.get_content()


def test_every_try_of_a_notice_carries_the_same_key(house: Harness, receiver: Receiver) -> None:
    receiver.answers = [500, 503]
    MOODS["close"] = "bad"
    house.advance("10m")
    house.advance("1m")
    assert len(receiver.calls) == 3 and len({call.key for call in receiver.calls}) == 1
    [notice] = told(house)
    assert notice.status is Status.SENT


def test_a_channel_that_is_down_is_known_by_its_health_and_by_nothing_else(
    house: Harness, receiver: Receiver
) -> None:
    rule("usual", "failure", "recovery", againEvery=1)
    receiver.answers = [500] * 1000
    MOODS["close"] = "bad"
    house.advance("4h")
    notices = told(house)
    assert {one.kind for one in notices} == {Kind.FAILURE}
    failed = [one for one in notices if one.status is Status.FAILED]
    assert failed and failed[0].why == "NotSent: the receiver answered 500 Internal Server Error"
    assert len(house.executions("close")) == 24  # jobs go on


def test_a_time_out_says_so(receiver: Receiver) -> None:
    with gated() as house:
        hook(receiver)
        executor(house).end(run(house, "restock"), Ending.TIMED_OUT)
        house.run_due()
        [notice] = told(house)
        assert (notice.kind, notice.subject) == (Kind.TIMEOUT, "[Orario] Restock ran into its time-out")


def test_a_skipped_run_is_told_where_a_rule_asks_for_it(receiver: Receiver) -> None:
    with gated() as house:
        hook(receiver)
        rule("overlap", "overlap")
        house.advance("31m")
        assert [one.kind for one in told(house)] == [Kind.OVERLAP]  # once, though two were skipped
        assert [one.state for one in house.executions("close")] == [State.RUNNING, State.SKIPPED, State.SKIPPED]


def test_missed_runs_are_told(house: Harness, receiver: Receiver) -> None:
    house.crash("1h")
    assert "missed" in receiver.kinds
    assert any("runs of Close the day were missed." in sentence for sentence in receiver.sentences)


def test_a_lost_instance_and_a_clock_that_was_set_are_told(house: Harness, receiver: Receiver) -> None:
    house.crash("1m")
    house.set_clock(timedelta(hours=1))
    house.advance("1m")
    assert {"instance_lost", "clock_step"} <= set(receiver.kinds)


def test_a_broken_job_is_told(receiver: Receiver, tmp_path: object) -> None:
    with harness() as house:
        hook(receiver)
        house._apps = (App("shop"), notify)  # the code is gone at the next start
        house.restart()
        assert "Close the day is broken." in receiver.sentences
        assert any(call.data["error"] for call in receiver.calls)


def test_a_slow_run_is_told_while_it_runs_and_once(receiver: Receiver) -> None:
    with gated() as house:
        hook(receiver)
        for _ in range(20):
            id = run(house, "restock")
            house.advance("1m")
            executor(house).end(id, Ending.SUCCEEDED)
            house.run_due()
        slow = run(house, "restock")
        for _ in range(4):
            house.advance("1m")
        [notice] = told(house, kind="slow")
        assert house.services.executions.get(slow).state is State.RUNNING
        assert notice.execution_id == slow
        assert "usually it takes 1 min 00 s" in notice.subject


def test_what_does_not_start_or_end_in_time_is_told_while_it_waits_or_runs(receiver: Receiver) -> None:
    with gated() as house:
        hook(receiver)
        rule("start", "late_start", startWithinSeconds=120)
        rule("finish", "late_finish", finishWithinSeconds=180, job="restock")
        changes = {"overlap": "queue"}
        house.services.jobs.change("restock", JobChanges.model_validate(changes), TESTER)
        first = run(house, "restock")
        second = house.services.jobs.trigger("restock", TESTER).id
        for _ in range(5):
            house.advance("1m")
        found = {(one.kind, one.execution_id) for one in told(house)}
        assert found == {(Kind.LATE_START, second), (Kind.LATE_FINISH, first)}
        assert len(told(house)) == 2


def test_an_instance_that_takes_too_much_memory_is_told_once(house: Harness, receiver: Receiver) -> None:
    rule("large", "memory", memoryMb=1)
    house.advance("5s")
    house.advance("5s")
    assert receiver.kinds == ["memory"]


def test_without_a_channel_nothing_is_written() -> None:
    with harness() as house:
        MOODS["close"] = "bad"
        house.advance("10m")
        assert told(house) == []
        assert house.executions("notices") == []


def gated() -> Harness:
    return Harness(make_shop(), notify, executor=GateExecutor)


def executor(house: Harness) -> GateExecutor:
    return cast(GateExecutor, house.executor)


def run(house: Harness, job: str) -> UUID:
    id: UUID = house.services.jobs.trigger(job, TESTER).id
    house.run_due()
    return id


def test_what_an_app_has_to_tell_is_told_once_and_only_if_it_is_committed(house: Harness, receiver: Receiver) -> None:
    news, database = house.services.news, house.runtime.database
    said = Said(app="shop", about="stock:7", sentence="Nu mai sunt pâini 🥖.", severity="error", details={"Left": 0})
    with pytest.raises(RuntimeError), database.writing() as connection:
        news.tell(connection, said)
        raise RuntimeError("the work it tells of is undone")
    for _ in range(2):
        with database.writing() as connection:
            news.tell(connection, said)
        house.run_due()
    [call] = receiver.calls
    assert (call.data["kind"], call.data["severity"], call.data["sentence"]) == ("message", "error", said.sentence)
