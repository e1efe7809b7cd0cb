"""What goes over the wire, to readers and the database: little, once, nothing that another version would miss."""

import re
from collections.abc import Iterable
from threading import current_thread
from typing import Any

import httpx
from sqlalchemy import Engine, event

from orario.dashboard.assets import FOLDER, Assets
from tests.dashboard.visiting import Site

MOST = 100 * 1024
PACKED = {"Accept-Encoding": "gzip"}


def size(client: httpx.Client, path: str) -> int:
    """The bytes of an answer's body as they travel."""
    with client.stream("GET", path, headers=PACKED) as answer:
        assert answer.status_code == 200, path
        return sum(len(chunk) for chunk in answer.iter_raw())


def files(html: str) -> Iterable[str]:
    return {path.partition("#")[0] for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', html)}


def test_the_first_view_is_less_than_100_kilobytes(ada: httpx.Client) -> None:
    for path in ("/", "/jobs"):
        scripts = [one.name for one in FOLDER.glob("*.js")]
        named = files(ada.get(path).text)
        folder = next(iter(named)).rpartition("/")[0]
        needed = {*named, *(f"{folder}/{name}" for name in scripts)}
        assert sum(size(ada, one) for one in (path, *needed)) < MOST, path


def test_the_parts_of_a_jobs_page_share_what_they_read(ada: httpx.Client) -> None:
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if current_thread().name.startswith("AnyIO"):  # pages are made there, and what the engine asks is its own
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert ada.get("/jobs/read_the_journal").status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    print(len(asked))
    assert 10 < len(asked) <= 40, asked


def test_files_are_kept_for_ever_under_a_name_that_changes_with_them(stranger: httpx.Client) -> None:
    for path in files(stranger.get("/sign-in").text):
        answer = stranger.get(path)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", path
        old = re.sub(r"/static/\w+/", "/static/older/", path)
        assert stranger.get(old).text == answer.text
        assert stranger.get(old).headers["cache-control"] == "no-cache"
    assert stranger.get("/static/x/..%2fassets.py").status_code == 404
    assert stranger.get("/static/x/nothing.js").status_code == 404


def test_the_version_is_of_all_files_together() -> None:
    assert Assets().version == Assets().version != Assets(FOLDER.parent / "templates").version


def test_no_file_names_another_place(site: Site) -> None:
    for file in FOLDER.iterdir():
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|\burl\(|\beval\(|new Function", text), file.name


def test_a_path_that_is_not_there_is_told_in_the_readers_form(ada: httpx.Client) -> None:
    html = ada.get("/jobs/nothing/run")
    assert html.status_code == 404 and "There is no such job" in html.text and "<h1>" in html.text
    told = ada.get("/jobs/nothing/run", headers={"Accept": "application/json"})
    assert told.status_code == 404
    assert {"message": "There is no such job", "tone": "bad"}.items() <= told.json().items()
