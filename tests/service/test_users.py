"""People sign in by password or by a link that is good once; whoever guesses has to wait."""

from datetime import timedelta

import pytest

from orario.core.errors import Conflict, Invalid, NotAuthenticated, NotFound
from orario.service import passwords
from orario.service.people import SYSTEM, Role
from orario.service.sessions import IDLE, WHOLE, TooMany, Visitor
from orario.service.users import LINK_LASTS
from orario.store.raw import rows
from tests.service.conftest import World

HOME, AWAY = Visitor("192.0.2.1", "Firefox"), Visitor("198.51.100.9", "curl")
PASSWORD = "a long enough one"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash quickly: what it costs to guess is not what is tested here."""
    monkeypatch.setattr(passwords, "_COST", 16)


def test_a_password_opens_a_session_and_neither_is_in_the_database(world: World) -> None:
    world.services.users.create("Anna", Role.OPERATOR, SYSTEM, PASSWORD)
    key = world.services.sessions.sign_in(" ANNA ", PASSWORD, HOME)
    found = world.services.sessions.of(key)
    assert found is not None and (found.actor.name, found.actor.role) == ("anna", Role.OPERATOR)
    with world.database.reading() as connection:
        stored = repr([rows(connection, f"SELECT * FROM {table}") for table in ("users", "sessions", "audit")])
    assert key not in stored and PASSWORD not in stored


def test_whatever_is_wrong_is_said_in_the_same_words(world: World) -> None:
    world.services.users.create("anna", Role.VIEWER, SYSTEM, PASSWORD)
    world.services.users.create("bert", Role.VIEWER, SYSTEM)
    world.services.users.create("carl", Role.VIEWER, SYSTEM, PASSWORD)
    world.services.users.change("carl", SYSTEM, is_blocked=True)
    said = set()
    for name, password in (("anna", "wrong"), ("bert", ""), ("carl", PASSWORD), ("nobody", PASSWORD)):
        with pytest.raises(NotAuthenticated) as caught:
            world.services.sessions.sign_in(name, password, HOME)
        said.add(caught.value.message)
    assert len(said) == 1


@pytest.mark.one_database
def test_whoever_guesses_has_to_wait_and_keeps_nobody_else_out(world: World) -> None:
    world.services.users.create("anna", Role.VIEWER, SYSTEM, PASSWORD)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            world.services.sessions.sign_in("anna", "a guess", AWAY)
    with pytest.raises(TooMany):
        world.services.sessions.sign_in("anna", PASSWORD, AWAY)
    assert world.services.sessions.sign_in("anna", PASSWORD, HOME)
    world.clock.advance(timedelta(minutes=5, seconds=1))
    assert world.services.sessions.sign_in("anna", PASSWORD, AWAY)


def test_a_link_is_good_once_and_for_a_quarter_of_an_hour(world: World) -> None:
    world.services.users.create("anna", Role.VIEWER, SYSTEM)
    key, _ = world.services.users.link("anna", SYSTEM)
    assert world.services.sessions.is_good_link(key)
    assert world.services.sessions.sign_in_by_link(key, HOME)
    with pytest.raises(NotAuthenticated):
        world.services.sessions.sign_in_by_link(key, HOME)
    late, _ = world.services.users.link("anna", SYSTEM)
    world.clock.advance(LINK_LASTS)
    assert not world.services.sessions.is_good_link(late)
    with pytest.raises(NotAuthenticated):
        world.services.sessions.sign_in_by_link(late, HOME)


def test_sessions_end_unused_after_a_week_and_used_after_a_month(world: World) -> None:
    world.services.users.create("anna", Role.VIEWER, SYSTEM, PASSWORD)
    unused, used = (world.services.sessions.sign_in("anna", PASSWORD, HOME) for _ in range(2))
    passed = timedelta(0)
    while passed + timedelta(days=5) < WHOLE:
        world.clock.advance(timedelta(days=5))
        passed += timedelta(days=5)
        assert world.services.sessions.of(used) is not None
    assert passed > IDLE and world.services.sessions.of(unused) is None
    world.clock.advance(WHOLE - passed)
    assert world.services.sessions.of(used) is None


def test_a_new_password_a_block_and_signing_out_everywhere_end_sessions(world: World) -> None:
    anna = world.services.users.create("anna", Role.ADMIN, SYSTEM, PASSWORD)
    world.services.users.create("bert", Role.ADMIN, SYSTEM)
    sessions = world.services.sessions

    def in_two() -> tuple[str, str]:
        return sessions.sign_in("anna", PASSWORD, HOME), sessions.sign_in("anna", PASSWORD, HOME)

    one, other = in_two()
    kept = sessions.of(one)
    assert kept is not None
    world.services.users.set_own_password(anna.id, PASSWORD, PASSWORD, keep=kept.session.id)
    assert sessions.of(one) is not None and sessions.of(other) is None
    one, other = in_two()
    assert sessions.sign_out_everywhere(anna.id, SYSTEM) == 3
    assert sessions.of(one) is None and sessions.of(other) is None
    one, other = in_two()
    sessions.sign_out(one)
    assert sessions.of(one) is None and sessions.of(other) is not None
    world.services.users.change("anna", SYSTEM, is_blocked=True)
    assert sessions.of(other) is None


def test_the_last_administrator_stays(world: World) -> None:
    world.services.users.create("anna", Role.ADMIN, SYSTEM)
    with pytest.raises(Conflict):
        world.services.users.change("anna", SYSTEM, role=Role.VIEWER)
    with pytest.raises(Conflict):
        world.services.users.change("anna", SYSTEM, is_blocked=True)
    with pytest.raises(Conflict):
        world.services.users.remove("anna", SYSTEM)
    world.services.users.create("bert", Role.ADMIN, SYSTEM)
    world.services.users.remove("anna", SYSTEM)
    with pytest.raises(NotFound):
        world.services.users.get("anna")


@pytest.mark.one_database
def test_the_first_link_is_there_while_nobody_has_a_password(world: World) -> None:
    first, second = (world.services.users.first_link() for _ in range(2))
    assert first and second and first != second
    assert [one.name for one in world.services.users.everybody()] == ["admin"]
    world.services.users.change("admin", SYSTEM, password=PASSWORD)
    assert world.services.users.first_link() is None
    with pytest.raises(NotAuthenticated):
        world.services.sessions.sign_in_by_link(first, HOME)


@pytest.mark.one_database
@pytest.mark.parametrize("password", ["short", "a" * 12, "a\x00longer password", "x" * 300])
def test_poor_passwords_are_refused(world: World, password: str) -> None:
    with pytest.raises(Invalid):
        world.services.users.create("anna", Role.VIEWER, SYSTEM, password)


@pytest.mark.one_database
@pytest.mark.parametrize("name", ["", " ", "two words", "tab\there", "é", "x" * 65])
def test_names_are_plain(world: World, name: str) -> None:
    with pytest.raises(Invalid):
        world.services.users.create(name, Role.VIEWER, SYSTEM)


def test_names_are_unique_whatever_their_case(world: World) -> None:
    world.services.users.create("anna", Role.VIEWER, SYSTEM)
    with pytest.raises(Conflict):
        world.services.users.create("Anna", Role.VIEWER, SYSTEM)
