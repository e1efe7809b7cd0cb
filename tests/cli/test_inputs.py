"""What people type becomes what the API wants, or a sentence."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from orario.cli.arguments import read_arguments
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import moment, seconds
from orario.cli.scheduling import schedule_fields


def test_values_of_arguments_are_json_where_they_can_be_and_text_otherwise() -> None:
    pairs = ["days=30", "name=anna", "on=true", "who=null", 'list=["a"]', "url=https://x.example/?a=b", "nan=NaN"]
    assert read_arguments(pairs, None).fitted() == {
        "days": 30,
        "name": "anna",
        "on": True,
        "who": None,
        "list": ["a"],
        "url": "https://x.example/?a=b",
        "nan": "NaN",
    }


def test_no_arguments_are_not_the_same_as_empty_ones(tmp_path: Path) -> None:
    (tmp_path / "args.json").write_text("{}")
    assert not read_arguments([], None).given
    assert read_arguments([], str(tmp_path / "args.json")).given


@pytest.mark.parametrize(
    ("wanted", "text", "value"),
    [
        ({"type": "string"}, "7", "7"),
        ({"type": "string"}, '"7"', "7"),
        ({"type": "integer"}, "7", 7),
        ({"type": "number"}, "7", 7),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "null", None),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "true", "true"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "7", 7),
        ({"$ref": "#/$defs/Other"}, "7", 7),
        ({"type": "array"}, "7", 7),
    ],
)
def test_a_value_is_text_where_the_function_wants_text(wanted: dict[str, Any], text: str, value: Any) -> None:
    assert read_arguments([f"x={text}"], None).fitted({"properties": {"x": wanted}}) == {"x": value}


def test_single_arguments_stand_above_those_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO('{"a": 1, "b": 2}'))
    assert read_arguments(["b=3"], "-").fitted() == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("pairs", "text", "sentence"),
    [
        (["novalue"], None, "--arg wants key=value"),
        (["=1"], None, "--arg wants key=value"),
        ([], "[1]", "must hold a JSON object"),
        ([], "{", "is not JSON"),
        ([], '{"a": NaN}', "is not JSON"),
    ],
)
def test_arguments_that_are_none_are_refused_in_a_sentence(
    pairs: list[str], text: str | None, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(text or ""))
    with pytest.raises(Failure, match=sentence) as failure:
        read_arguments(pairs, None if text is None else "-")
    assert failure.value.code == Exit.INVALID


@pytest.mark.parametrize(("text", "value"), [("90s", 90), ("1h30m", 5400), ("2.5", 2.5), ("45", 45), ("250ms", 0.25)])
def test_lengths_of_time_are_numbers_of_seconds_for_the_api(text: str, value: float) -> None:
    assert seconds("--timeout", text) == value


def test_a_length_that_is_none_names_its_option() -> None:
    with pytest.raises(Failure, match="--timeout: a duration is"):
        seconds("--timeout", "soon")


def test_a_moment_leaves_in_utc_and_a_bad_one_is_refused() -> None:
    assert moment("--until", "2030-01-31T09:00+01:00") == "2030-01-31T08:00:00+00:00"
    with pytest.raises(Failure, match="--until wants a moment"):
        moment("--until", "tomorrow")


def test_each_flag_of_a_schedule_is_one_kind_of_job() -> None:
    assert schedule_fields("90m", None, None) == {
        "jobTypeId": 1,
        "scheduleConfig": {"hours": 1, "minutes": 30, "seconds": 0},
    }
    assert schedule_fields(None, "0 2 * * *", None) == {"jobTypeId": 2, "scheduleConfig": {"expression": "0 2 * * *"}}
    assert schedule_fields(None, None, "2030-01-31T08:00") == {
        "jobTypeId": 3,
        "scheduleConfig": {"at": "2030-01-31T08:00"},
    }
    assert schedule_fields(None, None, None, on_demand=True) == {"jobTypeId": 4, "scheduleConfig": {}}
    assert schedule_fields(None, None, None) == {}


def test_two_schedules_are_one_too_many() -> None:
    with pytest.raises(Failure, match="--every or --cron"):
        schedule_fields("5m", "* * * * *", None)
