"""Previews, calendars, queues, and how the cluster stands."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from orario.core.errors import Conflict, Invalid, NotFound
from orario.service.actors import Actor
from orario.service.documents import SchedulePreviewDocument
from orario.service.schedules import Preview
from orario.store import instances, leases
from orario.store.instances import Instance
from tests.service.conftest import START, World
from tests.service.ledger import gaps_of

DAY = timedelta(days=1)


def preview(world: World, **body: Any) -> Preview:
    return world.services.schedules.preview(SchedulePreviewDocument.model_validate(body))


def test_a_preview_says_the_schedule_and_its_moments(world: World) -> None:
    shown = preview(
        world, jobTypeId=2, scheduleConfig={"hour": "8", "day_of_week": "mon"}, timezone="Europe/Rome", count=2
    )
    assert shown.sentence is not None and "Monday" in shown.sentence and "Europe/Rome" in shown.sentence
    assert shown.moments == [datetime(2026, 1, 5, 7, tzinfo=UTC), datetime(2026, 1, 12, 7, tzinfo=UTC)]
    assert shown.problems == []


def test_a_preview_names_the_clock_changes_ahead(world: World) -> None:
    config = {"hour": "2", "minute": "30"}
    shown = preview(world, jobTypeId=2, scheduleConfig=config, timezone="Europe/Rome", count=100)
    assert [(one.at, one.by) for one in shown.clock_changes] == [
        (datetime(2026, 3, 29, 1, tzinfo=UTC), timedelta(hours=1))
    ]


def test_a_preview_of_a_bad_schedule_says_where_it_is_bad(world: World) -> None:
    shown = preview(world, jobTypeId=2, scheduleConfig={"hour": "25"})
    assert (shown.sentence, shown.moments) == (None, [])
    assert [one.loc for one in shown.problems] == [("scheduleConfig", "hour")]
    assert preview(world, jobTypeId=1, scheduleConfig={"hours": 1}, startAt="x").problems[0].loc == ("startAt",)


def test_jobs_follow_their_calendar_at_once(world: World, ann: Actor) -> None:
    schedules = world.services.schedules
    schedules.put_calendar("holidays", None, [date(2026, 1, 2)], ann)
    document = world.document(jobTypeId=2, scheduleConfig={"hour": "0"}, excludeCalendars=["holidays"])
    assert world.jobs.create(document, ann).cursor.next_at == START + 2 * DAY
    world.clock.advance(timedelta(hours=36))
    schedules.put_calendar("holidays", "closed", [date(2026, 1, 3)], ann)
    assert world.jobs.get("letters").cursor.next_at == START + 3 * DAY
    assert gaps_of(world, "letters") == [(START + DAY, START + DAY, 1, "excluded")]
    assert [(one.name, one.dates) for one in schedules.calendars()] == [("holidays", (date(2026, 1, 3),))]


def test_a_calendar_in_use_cannot_be_deleted(world: World, ann: Actor) -> None:
    schedules = world.services.schedules
    schedules.put_calendar("holidays", None, [], ann)
    world.jobs.create(world.document(excludeCalendars=["holidays"]), ann)
    with pytest.raises(Conflict, match="letters"):
        schedules.delete_calendar("holidays", ann)
    world.jobs.delete("letters", ann)
    schedules.delete_calendar("holidays", ann)
    with pytest.raises(NotFound):
        schedules.delete_calendar("holidays", ann)
    with pytest.raises(Invalid, match="name"):
        schedules.put_calendar("a\0", None, [], ann)


def test_a_queue_is_changed_bit_by_bit(world: World, ann: Actor) -> None:
    cluster = world.services.cluster
    assert [(one.name, one.is_paused) for one in cluster.queues()] == [("default", False), ("mail", False)]
    cluster.set_queue("mail", ann, width=3)
    world.jobs.create(world.document(), ann)
    world.jobs.trigger("letters", ann)
    view = cluster.set_queue("mail", ann, is_paused=True)
    assert (view.width, view.is_paused, view.pending) == (3, True, 1)
    with pytest.raises(Invalid, match="width"):
        cluster.set_queue("mail", ann, width=0)


def test_orario_is_ready_when_a_living_instance_leads(world: World) -> None:
    cluster = world.services.cluster
    assert (cluster.status().is_running, cluster.ready().ok) == (False, False)
    one = Instance(id=UUID(int=1), hostname="here", pid=7, version="1", started_at=START, beat_at=START)
    with world.database.writing() as connection:
        instances.register(connection, one)
        leases.take(connection, one.id, None, START)
    status = cluster.status()
    assert status.is_running and status.leader is not None
    assert (status.leader.pid, status.leader.leader_since) == (7, START)
    assert (status.total_jobs, status.enabled_jobs, status.running_jobs) == (2, 2, 0)
    assert status.next_job is not None and status.next_job.next_at == START + timedelta(hours=1)
    assert cluster.ready().ok
    world.clock.advance(timedelta(minutes=1))
    assert "silent" in cluster.ready().reasons[0]


def test_the_next_moments_of_a_job(world: World, ann: Actor) -> None:
    world.jobs.create(world.document(), ann)
    moments = world.jobs.next_moments("letters", 3)
    assert moments == [START + n * timedelta(minutes=5) for n in (1, 2, 3)]
    world.jobs.pause("letters", None, None, ann)
    assert world.jobs.next_moments("letters", 3) == []
