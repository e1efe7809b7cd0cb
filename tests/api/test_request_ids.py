"""Every answer names its request: by the caller's id if it is fit to be shown, else by one of ours."""

import httpx
import pytest

from tests.api.site import Site


def test_an_id_is_given_to_every_request_and_each_time_another(nobody: httpx.Client) -> None:
    first, second = (nobody.get("/jobs").headers["x-request-id"] for _ in range(2))
    assert first != second and len(first) == 16


def test_the_callers_id_comes_back_also_with_an_error(client: httpx.Client) -> None:
    answer = client.get("/jobs/no-such-job", headers={"X-Request-ID": "Root=1-67891233-abcdef"})
    assert answer.status_code == 404
    assert answer.headers["x-request-id"] == "Root=1-67891233-abcdef"


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", "<script>", "é"])
def test_an_id_unfit_for_a_log_is_replaced(client: httpx.Client, given: str) -> None:
    answer = client.get("/jobs", headers=[(b"X-Request-ID", given.encode())])
    assert answer.headers["x-request-id"] != given


def test_two_ids_are_none(site: Site, client: httpx.Client) -> None:
    answer = client.get("/jobs", headers=[("X-Request-ID", "one"), ("X-Request-ID", "two")])
    assert answer.headers["x-request-id"] not in {"one", "two", "one, two"}
