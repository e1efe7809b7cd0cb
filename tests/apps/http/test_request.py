"""HTTP jobs against a real site."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from orario import OrarioError
from orario.apps.http import app
from orario.apps.http.sessions import sessions
from orario.apps.http.tasks import KEPT
from tests.apps.http.site import self_signed, site
from tests.apps.notebook import Notebook, call

pytestmark = pytest.mark.anyio


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with site() as address:
        yield address
        await sessions.close()


async def get(url: str, **args: Any) -> dict[str, Any]:
    return await call(app, "http.request", url=url, **args)


async def failure(url: str, **args: Any) -> str:
    with pytest.raises(OrarioError) as error:
        await get(url, **args)
    return error.value.message


async def test_the_result_tells_status_time_size_and_the_start_of_the_body(address: str) -> None:
    result = await get(f"{address}/hello")
    assert result["statusCode"] == 200
    assert 0 <= result["responseTimeMs"] < 5_000
    assert (result["body"], result["bytes"], result["redirects"]) == ("hello", 5, 0)
    assert (result["url"], result["contentType"]) == (f"{address}/hello", "text/plain; charset=utf-8")
    assert result["headers"]["X-Request-Id"] == "42"
    assert "Set-Cookie" not in result["headers"]
    json.dumps(result)


async def test_method_headers_and_body_arrive_as_given(address: str) -> None:
    result = await get(f"{address}/echo", method="PUT", headers={"X-Branch": "north"}, body="prices: à jour")
    arrived = json.loads(result["body"])
    assert (arrived["method"], arrived["body"]) == ("PUT", "prices: à jour")
    assert arrived["headers"]["X-Branch"] == "north"
    assert arrived["headers"]["User-Agent"].startswith("Orario/")


async def test_each_execution_writes_one_line_without_query_or_headers(address: str) -> None:
    notebook = Notebook()
    url = f"{address}/hello?secret=hunter2"
    await call(app, "http.request", notebook, url=url, headers={"Authorization": "Bearer hunter3"})
    [(level, line)] = notebook.lines
    assert level == "INFO"
    assert line.startswith(f"GET {address}/hello answered 200 in ")
    assert "hunter" not in line


async def test_a_status_that_is_not_expected_fails_with_status_and_the_start_of_the_body(address: str) -> None:
    said = await failure(f"{address}/status/503")
    assert said == (
        f"GET {address}/status/503 answered 503 Service Unavailable, expected 2xx; it begins: the till is closed"
    )


async def test_what_a_failed_request_answered_is_kept_with_its_attempt(address: str) -> None:
    notebook = Notebook()
    with pytest.raises(OrarioError):
        await call(app, "http.request", notebook, url=f"{address}/status/500")
    assert notebook.metadata["statusCode"] == 500
    assert "till" in notebook.metadata["body"]


async def test_an_expected_status_is_a_success(address: str) -> None:
    assert (await get(f"{address}/status/404", expectStatus=[200, "4xx"]))["statusCode"] == 404
    assert "expected 404" in await failure(f"{address}/hello", expectStatus=404)


async def test_a_text_that_must_be_there_is_looked_for_beyond_what_is_kept(address: str) -> None:
    result = await get(f"{address}/long", expectText="the end")
    assert result["bytes"] > KEPT
    assert "without the text 'closed'" in await failure(f"{address}/hello", expectText="closed")


async def test_the_start_of_the_body_is_cut_between_characters(address: str) -> None:
    body = (await get(f"{address}/long"))["body"]
    assert body == "è" * (KEPT // 2)


async def test_a_body_that_is_no_text_does_no_harm(address: str) -> None:
    result = await get(f"{address}/binary")
    assert result["bytes"] == 3
    assert "\0" not in result["body"]


async def test_redirects_are_followed_and_counted(address: str) -> None:
    result = await get(f"{address}/redirect?to=/hello")
    assert (result["url"], result["redirects"], result["body"]) == (f"{address}/hello", 1, "hello")


async def test_a_redirect_is_an_answer_when_it_is_not_to_be_followed(address: str) -> None:
    result = await get(f"{address}/redirect?to=/hello", followRedirects=False, expectStatus=302)
    assert result["headers"]["Location"] == "/hello"


async def test_redirects_without_end_fail(address: str) -> None:
    assert "more often than maxRedirects" in await failure(
        f"{address}/redirect?to=/redirect%3Fto=/hello", maxRedirects=1
    )


async def test_a_redirect_to_something_else_than_http_fails(address: str) -> None:
    assert "not an http or https URL" in await failure(f"{address}/redirect?to=file:///etc/passwd")


async def test_jobs_share_no_cookies(address: str) -> None:
    await get(f"{address}/hello")
    assert json.loads((await get(f"{address}/echo"))["body"])["cookies"] == {}


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("slow", "there was no complete answer within 0.2 s"),
        ("cut", "the answer broke off in the middle"),
        ("silent", "the server closed the connection without an answer"),
    ],
)
async def test_bad_manners_of_a_server_have_a_sentence(address: str, page: str, sentence: str) -> None:
    assert await failure(f"{address}/{page}", timeout=0.2) == f"GET {address}/{page}: {sentence}"


async def test_nobody_listening_has_a_sentence() -> None:
    async with site() as address:
        pass
    host = address.removeprefix("http://")
    assert await failure(f"{address}/") == f"GET {address}/: no connection to {host}: Connection refused"


async def test_a_name_that_does_not_exist_has_a_sentence() -> None:
    assert "the name nobody.invalid could not be resolved" in await failure("http://nobody.invalid/")


async def test_the_password_in_an_address_is_used_but_not_shown(address: str) -> None:
    url = address.replace("http://", "http://anna:hunter2@")
    result = await get(f"{url}/echo")
    assert json.loads(result["body"])["headers"]["Authorization"].startswith("Basic ")
    assert "hunter2" not in result["url"]
    assert "hunter2" not in await failure(f"{url}/status/500")


async def test_a_certificate_that_nobody_vouches_for_is_refused_unless_told_otherwise(tmp_path: Path) -> None:
    async with site(self_signed(tmp_path)) as address:
        assert "the certificate of 127.0.0.1 is not to be trusted" in await failure(f"{address}/hello")
        assert (await get(f"{address}/hello", verifyTls=False))["statusCode"] == 200
        await sessions.close()


async def test_speaking_tls_to_a_server_that_does_not_has_a_sentence(address: str) -> None:
    assert "TLS with 127.0.0.1" in await failure(f"{address.replace('http', 'https')}/hello")
