"""Finding jobs: filters, counts, pages."""

from typing import Any

import pytest

from orario.core.errors import Invalid, NotFound
from orario.service.actors import Actor
from orario.service.jobs import JobFilter
from tests.service.conftest import World
from tests.service.ledger import claim


@pytest.fixture
def several(world: World, ann: Actor) -> list[str]:
    names = ["100%", "100 x", "a_b", "axb", "Ünïcode"]
    return [world.jobs.create(world.document(name=name), ann).job.slug for name in names]


@pytest.mark.parametrize(
    ("name", "found"),
    [("100", ["100 x", "100%"]), ("0%", ["100%"]), ("A_B", ["a_b"]), ("nïc", ["Ünïcode"]), ("\\", []), ("'", [])],
)
def test_a_part_of_a_name_finds_it_and_signs_are_letters(
    world: World, several: list[str], name: str, found: list[str]
) -> None:
    page = world.jobs.find(JobFilter(name=name))
    assert [view.job.name for view in page.items] == found
    assert page.total == len(found)


def test_counts_are_of_all_that_the_filter_means(world: World, ann: Actor, several: list[str]) -> None:
    world.jobs.set_enabled(several[0], False, ann)
    world.jobs.pause(several[1], None, None, ann)
    world.jobs.trigger(several[2], ann)
    claim(world)
    page = world.jobs.find(JobFilter(), per_page=2)
    assert (page.total, page.enabled, page.disabled, page.running, len(page.items)) == (7, 6, 1, 1, 2)

    def names(**wanted: Any) -> list[str]:
        return [view.job.name for view in world.jobs.find(JobFilter(**wanted)).items]

    assert names(is_enabled=False) == ["100%"]
    assert names(is_paused=True) == ["100 x"]
    assert names(is_broken=True) == []
    assert len(names(app="shop")) == 2
    assert len(names(task="shop.send")) == 5
    assert len(names(queue="mail", is_enabled=True)) == 4


def test_pages_and_cursors_lead_through_all_jobs_once(world: World, several: list[str]) -> None:
    page, seen = world.jobs.find(JobFilter(), per_page=3), []
    while True:
        seen += [view.job.slug for view in page.items]
        if page.next_cursor is None:
            break
        page = world.jobs.find(JobFilter(), per_page=3, cursor=page.next_cursor)
    by_pages = [world.jobs.find(JobFilter(), number, 3).items for number in (1, 2, 3)]
    assert seen == [view.job.slug for items in by_pages for view in items]
    assert seen[:5] == several[::-1]
    with pytest.raises(Invalid, match="cursor"):
        world.jobs.find(JobFilter(), cursor="nonsense")


@pytest.mark.parametrize("ref", ["", "nothing", "\0", "x" * 5000, "00000000-0000-0000-0000-000000000000", "\ud800"])
def test_whatever_names_no_job_is_not_found(world: World, ref: str) -> None:
    with pytest.raises(NotFound, match="There is no such job"):
        world.jobs.get(ref)
