"""Named secrets: who may name them, where, and what is ever said of their values."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orario.app import App
from orario.core.errors import Conflict, Forbidden, Invalid, Misconfigured, NotFound
from orario.core.schedule import Every
from orario.core.secrecy import MASK
from orario.service.actors import Actor, Role
from orario.service.documents import JobChanges
from orario.service.secrets import SecretDocument
from orario.service.services import Services
from orario.store import audit, executions, jobs, tables
from orario.store.named import NamedSecrets
from orario.store.vault import Vault
from tests.service.conftest import World

VALUE = "hunter2-hunter3"


@pytest.fixture
def bob() -> Actor:
    return Actor("2", "bob", Role.OPERATOR)


def put(world: World, ann: Actor, name: str = "till", value: str | None = VALUE, **fields: Any) -> None:
    sent = fields if value is None else {"value": value, **fields}
    world.services.secrets.put(name, SecretDocument.model_validate(sent), ann)


def args(value: object = "Bearer ${secret:till}") -> dict[str, Any]:
    return {"to": "ann", "headers": {"Authorization": value}}


def test_a_secret_is_listed_with_everything_but_its_value(world: World, ann: Actor) -> None:
    put(world, ann, description="of the shop")
    job = world.jobs.create(world.document(taskArgs=args()), ann).job
    page = world.services.secrets.find()
    [view] = page.items
    assert (page.total, view.row.name, view.row.description, view.row.created_by) == (1, "till", "of the shop", "ann")
    assert view.used_by == [job.slug]
    assert VALUE not in repr(page)


def test_a_secret_that_is_set_again_keeps_what_was_not_sent(world: World, ann: Actor) -> None:
    put(world, ann, description="of the shop")
    world.clock.advance(timedelta(minutes=1))
    put(world, ann, value="another")
    assert world.services.secrets.get("till").row.description == "of the shop"
    put(world, ann, value=None, description=None)
    row = world.services.secrets.get("till").row
    assert (row.description, row.created_at < row.updated_at) == (None, True)
    assert world.vault.named({"till"}) == {"till": "another"}


@pytest.mark.parametrize(
    ("name", "document", "place"),
    [
        ("till", {}, "value"),
        ("till", {"value": None}, "value"),
        ("till", {"value": ""}, "value"),
        ("till", {"value": "a\0b"}, "value"),
        ("till", {"value": "x" * 70_000}, "value"),
        ("1till", {"value": "x"}, "name"),
        ("a b", {"value": "x"}, "name"),
        ("x" * 101, {"value": "x"}, "name"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(
    world: World, ann: Actor, name: str, document: dict[str, Any], place: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        world.services.secrets.put(name, SecretDocument.model_validate(document), ann)
    assert [problem.loc for problem in refusal.value.problems] == [(place,)]
    assert str(document.get("value") or "nothing") not in str(refusal.value)
    assert world.services.secrets.find().total == 0


def test_the_database_and_the_audit_never_see_a_value(world: World, ann: Actor) -> None:
    put(world, ann)
    put(world, ann, value=VALUE + "4")
    world.jobs.create(world.document(taskArgs=args()), ann)
    world.services.secrets.delete("till", ann, force=True)
    with world.database.reading() as connection:
        rows, _ = audit.find(connection, "till", 10, 0)
        stored = [connection.execute(table.select()).all() for table in (tables.secrets, tables.jobs)]
    assert [row.action for row in rows] == ["secret.delete", "secret.set", "secret.set"]
    assert VALUE not in repr((rows, stored))


def test_a_secret_in_use_is_deleted_by_force_only(world: World, ann: Actor) -> None:
    put(world, ann)
    job = world.jobs.create(world.document(taskArgs=args({"$secret": "till"})), ann).job
    with pytest.raises(Conflict, match=job.slug):
        world.services.secrets.delete("till", ann)
    world.services.secrets.delete("till", ann, force=True)
    with pytest.raises(NotFound):
        world.services.secrets.delete("till", ann)
    with pytest.raises(Misconfigured, match="there is no secret named till"):
        world.vault.unlock(job.args)


def test_an_unknown_name_is_refused_with_its_place(world: World, ann: Actor) -> None:
    place = ("taskArgs", "headers", "Authorization")
    with pytest.raises(Invalid) as refusal:
        world.jobs.create(world.document(taskArgs=args()), ann)
    assert [problem.loc for problem in refusal.value.problems] == [place]
    job = world.jobs.create(world.document(), ann).job
    for attempt in (
        lambda: world.jobs.change(job.slug, JobChanges.model_validate({"taskArgs": args()}), ann),
        lambda: world.jobs.trigger(job.slug, ann, args=args()),
    ):
        with pytest.raises(Invalid) as refusal:
            attempt()
        assert refusal.value.problems[0].loc == place
    text = world.jobs.export().replace("to: ann", "to: ${secret:till}")
    with pytest.raises(Invalid) as refusal:
        world.jobs.apply(text, ann)
    assert refusal.value.problems[0].loc[-2:] == ("taskArgs", "to")


def test_a_job_shows_its_references_and_its_yaml_makes_it_again(world: World, ann: Actor) -> None:
    put(world, ann)
    job = world.jobs.create(world.document(taskArgs=args()), ann).job
    assert job.args == args()
    text = world.jobs.export()
    assert "Bearer ${secret:till}" in text
    assert {change.action for change in world.jobs.apply(text, ann)} == {"unchanged"}
    assert world.jobs.get(job.slug).job.version == job.version


def test_a_reference_must_fit_where_it_stands(world: World, ann: Actor) -> None:
    put(world, ann, "port", "8080")
    task = world.services.tasks.get("shop.probe").id
    good = {"target": {"host": "${secret:port}.example", "port": {"$secret": "port"}}}
    world.jobs.create(world.document(taskFunctionId=task, taskArgs=good), ann)
    put(world, ann, "port", VALUE)
    with pytest.raises(Invalid) as refusal:
        world.jobs.create(world.document(taskFunctionId=task, taskArgs=good), ann)
    assert refusal.value.problems[0].loc == ("taskArgs", "target", "port")
    assert VALUE not in str(refusal.value)


def test_only_an_administrator_names_secrets_in_the_arguments_of_a_run(world: World, ann: Actor, bob: Actor) -> None:
    put(world, ann)
    job = world.jobs.create(world.document(taskArgs=args()), ann).job
    world.jobs.trigger(job.slug, bob)
    with pytest.raises(Forbidden):
        world.jobs.trigger(job.slug, bob, args={"to": "${secret:till}"})
    execution = world.jobs.trigger(job.slug, ann, args={"to": "${secret:till}"})
    assert execution.args == {"to": "${secret:till}"}


def test_only_an_administrator_changes_arguments_beside_hidden_values(world: World, ann: Actor, bob: Actor) -> None:
    own = {"to": "the bank", "password": "hunter2"}
    job = world.jobs.create(world.document(taskArgs=own), ann).job
    kept = {"to": "the bank", "password": MASK}
    assert world.jobs.trigger(job.slug, bob, args=kept).args == kept
    with pytest.raises(Forbidden):
        world.jobs.trigger(job.slug, bob, args={**kept, "to": "eve"})
    assert world.jobs.trigger(job.slug, bob, args={"to": "eve", "password": "my own"}).args == {**kept, "to": "eve"}
    assert world.jobs.trigger(job.slug, ann, args={**kept, "to": "eve"}).args == {**kept, "to": "eve"}


def test_code_may_name_a_secret_that_is_not_there_yet(
    world: World, ann: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    app = App("bakery")

    @app.task
    def bake(token: str) -> None:
        """Bake."""

    app.job("bake", bake, Every(hours=1), args={"token": {"$secret": "oven"}})
    world.declare(app)
    assert "no secret named oven" in caplog.text
    assert world.jobs.get("bake").job.args == {"token": {"$secret": "oven"}}


def with_vault(world: World, vault: Vault) -> Services:
    """The services of another process, which was given other keys."""
    return Services.build(world.database, world.catalog, world.clock, world.wake, world.settings, vault)


def test_all_that_is_sealed_moves_to_the_first_key(world: World, ann: Actor, tmp_path: Path) -> None:
    put(world, ann)
    job = world.jobs.create(world.document(taskArgs={"to": "ann", "password": "pw-of-ann"}), ann).job
    run = world.jobs.trigger(job.slug, ann, args={"to": "ann", "password": "pw-of-bob"})
    named = NamedSecrets(world.database, world.clock)
    after = with_vault(world, Vault.beside(tmp_path / "orario.db", "new", named))  # beside it lies the old one
    assert after.secrets.rotate(ann).renewed == 3
    assert after.secrets.rotate(ann).renewed == 0
    fresh = Vault.beside(tmp_path / "alone.db", "new", named)
    assert fresh.named({"till"}) == {"till": VALUE}
    with world.database.reading() as connection:
        stored, own = jobs.get(connection, job.id), executions.get(connection, run.id)
    assert stored is not None
    assert own is not None
    assert fresh.open(stored.args)["password"] == "pw-of-ann"
    assert fresh.open(own.args)["password"] == "pw-of-bob"


def test_what_no_key_opens_is_named_and_left(world: World, ann: Actor, tmp_path: Path) -> None:
    put(world, ann)
    other = Vault.beside(tmp_path / "alone.db", "other", NamedSecrets(world.database, world.clock))
    found = with_vault(world, other).secrets.rotate(ann)
    assert (found.renewed, found.unreadable) == (0, ["secrets till"])
