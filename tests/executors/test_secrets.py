"""Secret arguments never leave an attempt in the open."""

import asyncio
import base64
import json
import urllib.parse
from typing import Any

import pytest

from orario.executors.context import Context
from tests.executors.stage import Stage

SECRET = 'open "sesame" & more'
FORMS = {
    "plain": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "url": urllib.parse.quote(SECRET, safe=""),
    "json": json.dumps(SECRET)[1:-1],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_wherever_it_turns_up(stage: Stage, form: str) -> None:
    hidden = FORMS[form]

    async def tells(context: Context, password: str) -> None:
        assert password == SECRET
        context.info(f"using <{hidden}>", used=hidden, deep=[{"in": hidden}])
        context.note(used=hidden)
        raise RuntimeError(f"cannot use <{hidden}>")

    report = stage.perform(tells, stage.vault.seal({"password": SECRET}))
    (line,) = stage.lines
    everything = repr((line, report.outcome, report.metadata))
    assert hidden not in everything
    assert SECRET not in everything
    assert line.message.startswith("using <********")
    assert "cannot use <********" in str(report.outcome.error_message)
    assert "********" in str(report.metadata)


def test_a_secret_is_masked_in_the_result(stage: Stage) -> None:
    def returns(password: str) -> Any:
        return {"echo": f"<{password}>", password: 1}

    report = stage.perform(returns, stage.vault.seal({"password": SECRET}))
    assert report.outcome.result == {"echo": "<********>", "********": 1}


def test_a_secret_at_the_place_where_a_text_is_cut_does_not_show(stage: Stage) -> None:
    def tells(context: Context, password: str) -> None:
        context.info("x" * (32 * 1024 - 5) + password, text="x" * 92_000 + password)
        raise RuntimeError("x" * 4070 + password)

    report = stage.perform(tells, stage.vault.seal({"password": "0123456789abcdef"}))
    assert "0123" not in repr((stage.lines, report.outcome))


def test_arguments_sealed_with_another_key_fail_the_attempt_with_advice(stage: Stage) -> None:
    async def uses(password: str) -> None:
        await asyncio.sleep(0)

    args = stage.vault.seal({"password": SECRET})
    args["password"]["$sealed"] = "gAAAAABl" + args["password"]["$sealed"][8:]
    outcome = stage.outcome(uses, args)
    assert "cannot be opened" in str(outcome.error_message)
    assert not outcome.may_retry
