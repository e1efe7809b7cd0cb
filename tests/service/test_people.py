"""Who may come in, and for how long."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from orario.core.errors import Conflict, Invalid, NotAuthenticated, NotFound
from orario.service.actors import SYSTEM, Actor, Role
from orario.store import tables
from tests.service.conftest import START, World


def test_a_token_is_shown_once_and_stored_nowhere(world: World, ann: Actor) -> None:
    people = world.services.people
    assert not people.has_tokens()
    view, text = people.create_token("ci", Role.OPERATOR, ann)
    assert text.startswith("orario_") and len(text) == 47
    assert people.authenticate(text) == Actor(str(view.id), "ci", Role.OPERATOR)
    assert people.has_tokens()
    assert [(one.name, one.created_by, one.last_used_at) for one in people.tokens()] == [("ci", "ann", START)]
    with world.database.reading() as connection:
        stored = connection.execute(select(tables.tokens)).all()
    assert text not in str(stored) and text.removeprefix("orario_") not in str(stored)


@pytest.mark.parametrize("text", ["", "x", "orario_" + "a" * 40, "é" * 47, "x" * 10_000, "\ud800"])
def test_what_is_no_token_lets_nobody_in(world: World, text: str) -> None:
    with pytest.raises(NotAuthenticated):
        world.services.people.authenticate(text)


def test_a_revoked_token_is_refused_at_once(world: World, ann: Actor) -> None:
    people = world.services.people
    view, text = people.create_token("ci", Role.VIEWER, ann)
    people.authenticate(text)
    people.revoke(view.id, ann)
    with pytest.raises(NotAuthenticated, match="revoked"):
        people.authenticate(text)
    with pytest.raises(Conflict):
        people.revoke(view.id, ann)
    with pytest.raises(NotFound):
        people.revoke("nothing", ann)
    assert not people.has_tokens()


def test_an_expired_token_is_refused(world: World, ann: Actor) -> None:
    people = world.services.people
    _, text = people.create_token("ci", Role.VIEWER, ann, START + timedelta(hours=1))
    people.authenticate(text)
    world.clock.advance(timedelta(hours=1))
    with pytest.raises(NotAuthenticated, match="expired"):
        people.authenticate(text)
    with pytest.raises(Invalid, match="expiresAt"):
        people.create_token("ci", Role.VIEWER, ann, START)


def test_the_last_use_is_written_once_a_minute(world: World, ann: Actor) -> None:
    people = world.services.people
    _, text = people.create_token("ci", Role.VIEWER, ann)
    for seconds in (0, 30, 31):
        world.clock.advance(timedelta(seconds=seconds))
        people.authenticate(text)
    assert people.tokens()[0].last_used_at == START + timedelta(seconds=61)


def test_roles_cover_those_below() -> None:
    assert Role.ADMIN.covers(Role.OPERATOR) and Role.OPERATOR.covers(Role.VIEWER)
    assert not Role.VIEWER.covers(Role.OPERATOR)


def test_orario_itself_signs_with_nobodys_name() -> None:
    assert SYSTEM.signature is None
