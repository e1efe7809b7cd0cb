"""Edits: what moves, what stays, what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from orario.core.errors import Conflict, Invalid, Outdated
from orario.core.secrecy import MASK
from orario.service.actors import Actor
from orario.service.documents import JobChanges
from orario.service.viewing import JobView
from orario.store import jobs
from tests.service.conftest import START, World
from tests.service.ledger import gaps_of

FIVE = timedelta(minutes=5)


def change(world: World, ann: Actor, ref: str = "letters", **changes: Any) -> JobView:
    return world.jobs.change(ref, JobChanges.model_validate(changes), ann)


def test_an_edit_that_leaves_the_times_alone_moves_nothing(world: World, ann: Actor) -> None:
    before = world.jobs.create(world.document(), ann)
    world.clock.advance(timedelta(minutes=12))
    after = change(world, ann, name="Post", maxInstances=3, retryCount=2, scheduleConfig={"minutes": 5, "hours": 0})
    assert after.cursor == before.cursor
    assert after.job.schedule == before.job.schedule
    assert (after.job.name, after.job.slug, after.job.policy.retry.count) == ("Post", "letters", 2)
    assert after.job.version == before.job.version + 1


def test_an_edit_that_changes_nothing_writes_nothing(world: World, ann: Actor) -> None:
    before = world.jobs.create(world.document(), ann)
    world.clock.advance(FIVE)
    assert change(world, ann, name="Letters", taskArgs={"to": "ann"}).job == before.job
    assert world.services.people.audit(str(before.job.id)).total == 1


def test_a_new_schedule_counts_from_its_edit_and_closes_the_ledger_of_the_old(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    world.clock.advance(timedelta(minutes=12))
    after = change(world, ann, scheduleConfig={"hours": 1})
    assert after.cursor.next_at == START + timedelta(minutes=72)
    assert gaps_of(world, "letters") == [(START + FIVE, START + 2 * FIVE, 2, "missed")]


def test_the_type_changes_together_with_its_configuration(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    view = change(world, ann, jobTypeId=2, scheduleConfig={"hour": "9"}, timezone="Europe/Rome")
    assert view.cursor.next_at == START + timedelta(hours=8)
    with pytest.raises(Invalid, match="scheduleConfig"):
        change(world, ann, jobTypeId=1)


def test_another_zone_moves_a_cron_job(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(jobTypeId=2, scheduleConfig={"hour": "9"}), ann)
    assert change(world, ann, timezone="Asia/Tokyo").cursor.next_at == START + timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "loc"),
    [
        ({"scheduleConfig": {"hour": "9"}}, ("scheduleConfig", "hour")),
        ({"taskArgs": {"to": 1}}, ("taskArgs", "to")),
        ({"taskFunctionId": 1, "taskArgs": {"branch": "x"}, "endAt": "2025-01-01"}, ("scheduleConfig",)),
        ({"endAt": "2025-06-01"}, ("scheduleConfig",)),
    ],
)
def test_a_bad_edit_stores_nothing(
    world: World, ann: Actor, changes: dict[str, Any], loc: tuple[str | int, ...]
) -> None:
    before = world.jobs.create(world.document(), ann)
    with pytest.raises(Invalid) as caught:
        change(world, ann, **changes)
    assert [problem.loc for problem in caught.value.problems] == [loc]
    assert world.jobs.get("letters") == before


def test_arguments_must_fit_the_other_task_too(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    other = world.services.tasks.get("shop.close_the_day")
    with pytest.raises(Invalid, match=r"taskArgs\.to"):
        change(world, ann, taskFunctionId=other.id)
    after = change(world, ann, taskFunctionId=other.id, taskArgs={"branch": "north"}).job
    assert (after.task, after.queue) == ("shop.close_the_day", "default")


def test_a_masked_secret_that_comes_back_is_kept(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(taskArgs={"to": "ann", "password": "hunter2"}), ann)
    after = change(world, ann, taskArgs={"to": "bob", "password": MASK})
    assert after.job.args == {"to": "bob", "password": MASK}
    with world.database.reading() as connection:
        stored = jobs.load(connection, [after.job.id])[after.job.id]
    assert world.vault.open(stored.args) == {"to": "bob", "password": "hunter2"}


def test_who_edits_what_another_changed_meanwhile_is_told(world: World, ann: Actor) -> None:
    view = world.jobs.create(world.document(), ann)
    change(world, ann, name="First")
    with pytest.raises(Outdated):
        world.jobs.change("letters", JobChanges.model_validate({"name": "Second"}), ann, if_version=view.job.version)
    assert world.jobs.get("letters").job.name == "First"


def test_null_takes_the_time_out_of_the_task_again(world: World, ann: Actor) -> None:
    task = world.services.tasks.get("shop.close_the_day")
    document = world.document(taskFunctionId=task.id, taskArgs=None, timeoutSeconds=5)
    slug = world.jobs.create(document, ann).job.slug
    assert change(world, ann, slug, timeoutSeconds=None).job.policy.timeout == timedelta(minutes=10)


def test_a_slug_can_be_changed_to_a_free_one_only(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    assert change(world, ann, slug="post").job.slug == "post"
    with pytest.raises(Conflict, match="sync"):
        change(world, ann, "post", slug="sync")


def test_the_audit_tells_before_and_after(world: World, ann: Actor) -> None:
    id = str(world.jobs.create(world.document(), ann).job.id)
    change(world, ann, name="Post")
    row = world.services.people.audit(id).items[0]
    assert row.action == "job.change"
    assert row.before is not None and row.before["name"] == "Letters"
    assert row.after is not None and row.after["name"] == "Post"
