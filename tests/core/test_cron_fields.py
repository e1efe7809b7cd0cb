"""What a cron expression may say, what it means, and how it is refused."""

from datetime import UTC, datetime
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from orario.core.errors import Invalid
from orario.core.schedule import Cron

START = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday


def days_of(cron: Cron, count: int = 6) -> list[str]:
    return [f"{moment:%y-%m-%d}" for moment in islice(cron.fires(START), count)]


@pytest.mark.parametrize(
    ("expression", "moments"),
    [
        ("0 0 L * *", ["26-01-31", "26-02-28", "26-03-31"]),
        ("0 0 L-3 * *", ["26-01-28", "26-02-25", "26-03-28"]),
        ("0 0 L-30 * *", ["26-03-01", "26-05-01", "26-07-01"]),
        ("0 0 LW * *", ["26-01-30", "26-02-27", "26-03-31"]),
        ("0 0 15W * *", ["26-01-15", "26-02-16", "26-03-16", "26-04-15", "26-05-15", "26-06-15"]),
        ("0 0 1w * *", ["26-02-02", "26-03-02", "26-04-01", "26-05-01", "26-06-01", "26-07-01"]),
        ("0 0 31W * *", ["26-01-30", "26-03-31", "26-05-29"]),
        ("0 0 * * 5L", ["26-01-30", "26-02-27", "26-03-27"]),
        ("0 0 * * friL", ["26-01-30", "26-02-27", "26-03-27"]),
        ("0 0 * * mon#2", ["26-01-12", "26-02-09", "26-03-09"]),
        ("0 0 * * 7#5", ["26-03-29", "26-05-31"]),
        ("0 0 29 2 *", ["28-02-29", "32-02-29"]),
        ("0 0 */29 2 mon", ["27-02-01", "38-02-01"]),
        ("0 0 13 * fri", ["26-01-02", "26-01-09", "26-01-13", "26-01-16"]),
        ("0 0 */13 * fri", ["26-02-27", "26-03-27", "26-05-01"]),
        ("0 0 ? * MON,wed", ["26-01-05", "26-01-07", "26-01-12"]),
        ("0 0 10 JAN-mar ?", ["26-01-10", "26-02-10", "26-03-10", "27-01-10"]),
        ("0 0 * * 0", ["26-01-04"]),
        ("0 0 * * 7", ["26-01-04"]),
        ("0 0 * * fri-sun", ["26-01-02", "26-01-03", "26-01-04", "26-01-09"]),
        ("0 0 * * 5-7", ["26-01-02", "26-01-03", "26-01-04", "26-01-09"]),
        ("0 0 20/5 * *", ["26-01-20", "26-01-25", "26-01-30", "26-02-20"]),
        ("@yearly", ["27-01-01", "28-01-01"]),
        ("@Annually", ["27-01-01"]),
        ("@monthly", ["26-02-01"]),
        ("@weekly", ["26-01-04", "26-01-11"]),
        ("@daily", ["26-01-02"]),
        ("@midnight", ["26-01-02"]),
    ],
)
def test_an_expression_falls_on_its_days(expression: str, moments: list[str]) -> None:
    assert days_of(Cron(expression), len(moments)) == moments


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("@hourly", ["01:00:00", "02:00:00"]),
        ("*/25 * * * *", ["00:25:00", "00:50:00", "01:00:00"]),
        ("10-14/2,30 5 * * *", ["05:10:00", "05:12:00", "05:14:00", "05:30:00"]),
        ("*/30 0 0 * * *", ["00:00:30", "00:00:00"]),
        ("5,1 59 23 * * *", ["23:59:01", "23:59:05", "23:59:01"]),
        ("50/5 23 * * *", ["23:50:00", "23:55:00", "23:50:00"]),
    ],
)
def test_an_expression_falls_on_its_times(expression: str, times: list[str]) -> None:
    assert [f"{moment:%H:%M:%S}" for moment in islice(Cron(expression).fires(START), len(times))] == times


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "a cron expression is a text"),
        ("   ", "a cron expression is a text"),
        ("* * * *", "not 4"),
        ("* * * * * * *", "not 7"),
        ("60 * * * *", "minute: '60' is not allowed here; allowed is 0-59"),
        ("* 24 * * *", "hour: '24'"),
        ("* * 0 * *", "day: '0' is not allowed here; allowed is 1-31"),
        ("* * * 13 *", "month: '13' is not allowed here; allowed is 1-12 or jan-dec"),
        ("* * * * 8", "day_of_week: '8' is not allowed here; allowed is 0-7 or sun-sat"),
        ("60 * * * * *", "second: '60'"),
        ("* * * * monday", "day_of_week: 'monday'"),
        ("0-999999999 * * * *", "minute: '999999999'"),
        ("*/0 * * * *", "the step '0' is not a number from 1 to 60"),
        ("*/90 * * * *", "the step '90' is not a number from 1 to 60"),
        ("*/ * * * *", "the step nothing is not a number"),
        ("1,,2 * * * *", "minute: nothing is not allowed"),
        ("-5 * * * *", "minute: nothing"),
        ("22-2 * * * *", "runs backwards"),
        ("? * * * *", "minute: '?'"),
        ("* * * * L", "day_of_week: 'l'"),
        ("* * * * mon#6", "day_of_week: '6' is not allowed here; allowed is 1-5"),
        ("* * L-31 * *", "day: '31'"),
        ("* * W * *", "day: nothing"),
        ("* * 1-5W * *", "day: '1-5'"),
        ("٣ * * * *", "minute: this text"),
        ("\x00\x1b[2J * * * *", "minute: this text"),
        ("<script> * * * *", "minute: this text"),
        ("@reboot", "@reboot names no moment of time"),
        ("@fortnightly", "the shorthands are @yearly"),
        ("0 0 30 2 *", "never due"),
        ("0 0 31 2,4,6,9,11 *", "never due"),
        ("0 0 */29 2 mon#5", "never due"),
        ("*/1," * 60 + "1 * * * *", "at most 200 characters"),
    ],
)
def test_a_bad_expression_is_refused_in_words(expression: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Cron(expression)
    (problem,) = refusal.value.problems
    assert problem.loc == ("expression",)
    assert words in problem.message and problem.message.isprintable()


@pytest.mark.parametrize("expression", [None, 5, b"* * * * *", ["*"]])
def test_what_is_no_text_is_no_expression(expression: object) -> None:
    with pytest.raises(Invalid):
        Cron(expression, hour=None if expression else "25")  # type: ignore[arg-type]


def test_every_bad_field_of_an_expression_is_named() -> None:
    with pytest.raises(Invalid) as refusal:
        Cron("60 24 * * xyz")
    assert [problem.message.split(":")[0] for problem in refusal.value.problems] == ["minute", "hour", "day_of_week"]


@settings(deadline=None)
@given(some.text(max_size=60) | some.text(alphabet="0123456789*/,-#LWlw? monjan@", max_size=60))
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    try:
        moment = Cron(text).next(START)
    except Invalid as refusal:
        assert all(problem.message.isprintable() for problem in refusal.problems)
    else:
        assert moment is None or moment > START


@pytest.mark.parametrize(
    ("fields", "expression"),
    [
        ({"hour": "9"}, "0 9 * * *"),
        ({"hour": 9, "minute": 30}, "30 9 * * *"),
        ({"day_of_week": "mon"}, "0 0 * * mon"),
        ({"day": "1"}, "0 0 1 * *"),
        ({"month": "3"}, "0 0 1 3 *"),
        ({"month": 3, "day_of_week": "mon"}, "0 0 * 3 mon"),
        ({"day": "15", "day_of_week": "mon"}, "0 0 15 * mon"),
        ({"minute": "30"}, "30 * * * *"),
        ({"hour": "*", "minute": "30"}, "30 * * * *"),
        ({"hour": "*"}, "0 * * * *"),
        ({"second": "30"}, "30 * * * * *"),
        ({"second": 0, "hour": "9"}, "* 9 * * *"),
        ({"second": "*/10", "hour": "9", "minute": "0"}, "*/10 0 9 * * *"),
        ({"hour": "8", "minute": "0", "day_of_week": "mon"}, "0 8 * * mon"),
    ],
)
def test_fields_finer_than_the_finest_take_their_least_value(fields: dict[str, str | int], expression: str) -> None:
    cron = Cron(**fields)  # type: ignore[arg-type]
    assert cron.expression == expression
    assert dict(cron.fields) == fields


@pytest.mark.parametrize(
    ("fields", "locs"),
    [
        ({"hour": "25"}, [("hour",)]),
        ({"hour": 25, "minute": -1, "second": True}, [("hour",), ("minute",), ("second",)]),
        ({"hour": "9 10"}, [("hour",)]),
        ({"hour": ""}, [("hour",)]),
        ({"hour": "9\n"}, [("hour",)]),
        ({"minute": 10**5000}, [("minute",)]),
        ({"minute": "0," * 500 + "0"}, [("minute",)]),
        ({"day_of_week": "someday"}, [("day_of_week",)]),
        ({"day": "30", "month": "feb"}, [("day",)]),
        ({"day": "*/29", "day_of_week": "mon#5", "month": 2}, [("day",)]),
        ({"hour": 9.5}, [("hour",)]),
    ],
)
def test_a_bad_field_is_refused_at_its_name(fields: dict[str, str | int], locs: list[tuple[str]]) -> None:
    with pytest.raises(Invalid) as refusal:
        Cron(**fields)  # type: ignore[arg-type]
    assert [problem.loc for problem in refusal.value.problems] == locs


def test_the_expression_is_kept_with_single_blanks() -> None:
    assert Cron("  0   2 *\t* * ").expression == "0 2 * * *"
    assert Cron("@daily").expression == "@daily"
