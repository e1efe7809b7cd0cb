"""Jobs as YAML: out, compared, in, and nothing the second time."""

import pytest
import yaml

from orario.core.errors import Invalid
from orario.core.secrecy import MASK
from orario.service.actors import Actor
from tests.service.conftest import World

FILE = """
jobs:
  - slug: letters
    name: Letters
    task: shop.send
    jobType: cron
    scheduleConfig: {expression: "0 9 * * mon"}
    timezone: Europe/Rome
    taskArgs: {to: ann, password: hunter2}
    retryCount: 2
    excludeDates: [2026-12-25]
"""


def actions(changes: list[object]) -> list[tuple[str, str]]:
    return [(one.slug, one.action) for one in changes]  # type: ignore[attr-defined]


def test_a_plan_writes_nothing_and_apply_does_it_once(world: World, ann: Actor) -> None:
    jobs = world.jobs
    assert actions([*jobs.plan(FILE)]) == [("letters", "create")]
    assert actions([*jobs.apply(FILE, ann)]) == [("letters", "create")]
    before = jobs.get("letters")
    assert actions([*jobs.plan(FILE)]) == actions([*jobs.apply(FILE, ann)]) == [("letters", "unchanged")]
    assert jobs.get("letters") == before
    assert before.job.args == {"to": "ann", "password": MASK}


def test_a_plan_names_what_would_change_without_secrets(world: World, ann: Actor) -> None:
    world.jobs.apply(FILE, ann)
    (planned,) = world.jobs.plan(FILE.replace("retryCount: 2", "retryCount: 4").replace("hunter2", "hunter3"))
    assert planned.action == "change"
    assert [(one.field, one.before, one.after) for one in planned.fields] == [
        ("taskArgs", {"to": "ann", "password": MASK}, {"to": "ann", "password": MASK}),
        ("retryCount", 2, 4),
    ]


def test_what_the_file_leaves_out_is_as_usual(world: World, ann: Actor) -> None:
    world.jobs.apply(FILE, ann)
    world.jobs.set_enabled("letters", False, ann)
    (planned,) = world.jobs.apply(FILE.replace("    retryCount: 2\n", ""), ann)
    assert {one.field: one.after for one in planned.fields} == {"retryCount": 0, "isEnabled": True}
    view = world.jobs.get("letters")
    assert (view.job.policy.retry.count, view.job.is_enabled) == (0, True)


def test_what_is_exported_applies_unchanged_and_holds_no_secret(world: World, ann: Actor) -> None:
    world.jobs.apply(FILE, ann)
    world.jobs.create(world.document(name="Other", priority=3, startAt="2026-02-01"), ann)
    text = world.jobs.export()
    assert "hunter2" not in text
    assert [entry["slug"] for entry in yaml.safe_load(text)["jobs"]] == ["close_the_day", "letters", "other", "sync"]
    assert {action for _, action in actions([*world.jobs.apply(text, ann)])} == {"unchanged"}


@pytest.mark.parametrize(
    ("old", "new", "loc"),
    [
        ("task: shop.send", "task: nothing", ("jobs", 0, "task")),
        ("mon", "someday", ("jobs", 0, "scheduleConfig", "expression")),
        ("retryCount", "retries", ("jobs", 0, "retries")),
        ("{to: ann, password: hunter2}", "{to: 5}", ("jobs", 0, "taskArgs", "to")),
        ("password: hunter2", "password: '********'", ("jobs", 0, "taskArgs", "password")),
        ("jobs:", "work:", ()),
        ("{to: ann", "[to: ann", ()),
        ("name: Letters", "name: &a Letters\n    description: *a", ()),
    ],
)
def test_a_bad_file_is_refused_with_the_place(
    world: World, ann: Actor, old: str, new: str, loc: tuple[str | int, ...]
) -> None:
    with pytest.raises(Invalid) as caught:
        world.jobs.apply(FILE.replace(old, new), ann)
    assert caught.value.problems[0].loc == loc


def test_one_bad_job_keeps_the_whole_file_out(world: World, ann: Actor) -> None:
    with pytest.raises(Invalid):
        world.jobs.apply(FILE + FILE.replace("jobs:\n", "").replace("letters", "more").replace("ann", "5"), ann)
    assert "letters" not in world.jobs.export()
