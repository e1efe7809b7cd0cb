"""What an HTTP job may be asked for, and what is refused when it is declared."""

from typing import Any

import pytest

from orario import Invalid
from orario.apps.http import app
from orario.apps.http.arguments import meets

TASK = app.tasks["http.request"]
URL = "https://example.com/ping"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "example.com",
        "http://",
        "http://a b/",
        "http://x/\n",
        "http://x:99999/",
        "",
        7,
        "http://[::1/",
    ],
)
def test_an_address_that_cannot_be_called_is_refused_with_its_place(url: object) -> None:
    with pytest.raises(Invalid) as refusal:
        TASK.bind({"url": url})
    assert [problem.loc for problem in refusal.value.problems] == [("url",)]


def test_a_refused_address_is_not_repeated() -> None:
    with pytest.raises(Invalid) as refusal:
        TASK.bind({"url": "http://user:hunter2@example.com:99999/"})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("method", "BREW", ("method",)),
        ("headers", {"X Y": "1"}, ("headers",)),
        ("headers", {"X": "1\r\nY: 2"}, ("headers",)),
        ("headers", {"Content-Length": "3"}, ("headers",)),
        ("headers", {"X": 1}, ("headers", "X")),
        ("body", {"a": 1}, ("body",)),
        ("timeout", 0, ("timeout",)),
        ("timeout", 100_000, ("timeout",)),
        ("expectStatus", 99, ("expectStatus",)),
        ("expectStatus", "9xx", ("expectStatus",)),
        ("expectStatus", [], ("expectStatus",)),
        ("expectStatus", [200, "no"], ("expectStatus",)),
        ("expectStatus", True, ("expectStatus",)),
        ("expectText", "", ("expectText",)),
        ("maxRedirects", 0, ("maxRedirects",)),
        ("colour", "red", ("colour",)),
    ],
)
def test_an_argument_that_does_not_fit_is_refused_with_its_place(name: str, value: object, place: tuple[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        TASK.bind({"url": URL, name: value})
    assert [problem.loc for problem in refusal.value.problems] == [place]


def test_the_method_may_be_written_in_small_letters() -> None:
    assert TASK.bind({"url": URL, "method": "post"})["method"] == "POST"


@pytest.mark.parametrize(
    ("status", "expected", "answer"),
    [
        (204, "2xx", True),
        (302, "2xx", False),
        (404, 404, True),
        (404, "404", True),
        (503, [200, "5xx"], True),
        (404, [200, "5xx"], False),
    ],
)
def test_a_status_meets_a_number_a_class_or_one_of_a_list(status: int, expected: Any, answer: bool) -> None:
    assert meets(status, expected) is answer


def test_the_schema_draws_a_form_with_every_argument() -> None:
    schema = TASK.args_schema
    assert schema["required"] == ["url"]
    assert {"url", "method", "headers", "body", "timeout", "expectStatus", "expectText"} <= set(schema["properties"])
    assert schema["properties"]["expectStatus"]["default"] == "2xx"
