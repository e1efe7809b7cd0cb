"""New jobs: what they become, and what is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from orario.core.errors import Conflict, Invalid
from orario.core.schedule import Every
from orario.core.secrecy import MASK
from orario.service.actors import Actor
from orario.service.jobs import JobFilter
from orario.store.wake import Topic
from tests.service.conftest import START, World


def test_a_new_job_counts_from_its_creation_and_says_when_it_fires(world: World, ann: Actor) -> None:
    view = world.jobs.create(world.document(), ann)
    assert view.cursor.next_at == START + timedelta(minutes=5)
    assert view.cursor.position == START
    assert view.job.schedule == Every(minutes=5, anchor=START)
    assert (view.job.slug, view.job.queue, view.job.created_by) == ("letters", "mail", "ann")
    assert (view.job.policy.retry.count, view.job.policy.max_instances) == (0, 1)
    assert view.task is not None and view.task.name == "shop.send"
    assert Topic.SCHEDULE in world.rung
    assert world.jobs.get("letters") == world.jobs.get(str(view.job.id)) == view


def test_a_disabled_job_has_no_next_moment(world: World, ann: Actor) -> None:
    assert world.jobs.create(world.document(isEnabled=False), ann).cursor.next_at is None


def test_names_may_repeat_and_slugs_do_not(world: World, ann: Actor) -> None:
    slugs = [world.jobs.create(world.document(name="Café!"), ann).job.slug for _ in range(12)]
    assert slugs[:3] == ["cafe", "cafe-2", "cafe-3"]
    assert len(set(slugs)) == 12


def test_a_slug_that_is_taken_is_a_conflict(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(slug="mine"), ann)
    with pytest.raises(Conflict, match="mine"):
        world.jobs.create(world.document(slug="mine"), ann)


@pytest.mark.parametrize(
    ("changes", "loc"),
    [
        ({"taskFunctionId": 999}, ("taskFunctionId",)),
        ({"jobTypeId": 9}, ("jobTypeId",)),
        ({"scheduleConfig": {}}, ("scheduleConfig",)),
        ({"scheduleConfig": {"hour": "9"}}, ("scheduleConfig", "hour")),
        ({"scheduleConfig": {"minutes": -1}}, ("scheduleConfig", "minutes")),
        ({"scheduleConfig": {"minutes": float("nan")}}, ("scheduleConfig", "minutes")),
        ({"jobTypeId": 2, "scheduleConfig": {"day": "30", "month": "2"}}, ("scheduleConfig", "day")),
        ({"jobTypeId": 3, "scheduleConfig": {"at": "2020-01-01T00:00:00"}}, ("scheduleConfig",)),
        ({"endAt": "2025-01-01T00:00:00Z"}, ("scheduleConfig",)),
        ({"startAt": "2027-01-01", "endAt": "2026-06-01"}, ("endAt",)),
        ({"startAt": "nonsense"}, ("startAt",)),
        ({"excludeCalendars": ["none"]}, ("excludeCalendars", 0)),
        ({"taskArgs": {}}, ("taskArgs", "to")),
        ({"taskArgs": {"to": 5}}, ("taskArgs", "to")),
        ({"taskArgs": {"to": "ann", "copy": "bob"}}, ("taskArgs", "copy")),
        ({"taskArgs": {"to": "a\x00"}}, ("taskArgs", "to")),
        ({"taskArgs": {"to": "a", "password": MASK}}, ("taskArgs", "password")),
        ({"taskArgs": {"to": "x" * 70_000}}, ("taskArgs", "to")),
    ],
)
def test_what_cannot_become_a_job_is_refused_with_its_place(
    world: World, ann: Actor, changes: dict[str, Any], loc: tuple[str | int, ...]
) -> None:
    before = world.jobs.find(JobFilter()).total
    with pytest.raises(Invalid) as caught:
        world.jobs.create(world.document(**changes), ann)
    assert [problem.loc for problem in caught.value.problems] == [loc]
    assert world.jobs.find(JobFilter()).total == before


def test_a_secret_is_sealed_at_rest_and_masked_in_every_answer(world: World, ann: Actor) -> None:
    args = {"to": "ann", "password": "hunter2", "headers": {"Authorization": "Bearer s3cr3t-token"}}
    view = world.jobs.create(world.document(taskArgs=args), ann)
    assert view.job.args == {"to": "ann", "password": MASK, "headers": {"Authorization": MASK}}
    world.database.checkpoint()
    world.database.close()
    for file in world.database.path.parent.iterdir() if world.database.path else ():
        assert b"hunter2" not in file.read_bytes()
        assert b"s3cr3t" not in file.read_bytes()


def test_the_same_key_makes_the_job_once(world: World, ann: Actor) -> None:
    first = world.jobs.create(world.document(), ann, idempotency_key="k1")
    assert world.jobs.create(world.document(), ann, idempotency_key="k1").job.id == first.job.id
    with pytest.raises(Conflict, match="Idempotency-Key"):
        world.jobs.create(world.document(name="Other"), ann, idempotency_key="k1")
    world.clock.advance(timedelta(hours=25))
    assert world.jobs.create(world.document(), ann, idempotency_key="k1").job.id != first.job.id


def test_many_jobs_come_in_together_and_are_as_if_one_by_one(world: World, ann: Actor) -> None:
    documents = [world.document(name=f"n{n % 3}", slug=f"own-{n}" if n == 5 else None) for n in range(10)]
    ids = world.jobs.create_many(documents, ann)
    assert len(set(ids)) == 10
    views = [world.jobs.get(str(id)) for id in ids]
    assert all(view.cursor.next_at == START + timedelta(minutes=5) for view in views)
    assert len({view.job.slug for view in views}) == 10
    assert views[5].job.slug == "own-5"


def test_one_bad_job_among_many_is_named_by_its_place(world: World, ann: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        world.jobs.create_many([world.document(), world.document(taskArgs={"to": 1})], ann)
    assert caught.value.problems[0].loc == (1, "taskArgs", "to")
    assert world.jobs.find(JobFilter()).total == 2


def test_a_creation_leaves_an_audit_row_without_secrets(world: World, ann: Actor) -> None:
    view = world.jobs.create(world.document(taskArgs={"to": "a", "password": "hunter2"}), ann)
    (row,) = world.services.people.audit(str(view.job.id)).items
    assert (row.actor, row.action) == ("ann", "job.create")
    assert row.after is not None and row.after["taskArgs"] == {"to": "a", "password": MASK}
    assert isinstance(view.job.id, UUID)
