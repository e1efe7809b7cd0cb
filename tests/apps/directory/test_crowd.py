"""Ten thousand people: read once, followed from then on, and never lost when the directory dies."""

import signal
import threading
import time
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from orario import State
from orario.apps.directory.tables import users
from tests.apps.directory.conftest import PEOPLE
from tests.apps.directory.house import House, done
from tests.servers.slapd import Slapd, dn

SOME = 1000  # of them
MakeHouse = Callable[..., House]


@pytest.mark.one_database  # nearly all of its time goes into reading LDAP
def test_all_are_read_once_and_then_only_what_has_changed(house: MakeHouse, crowd: Slapd) -> None:
    here = house(crowd)
    first = here.synced()
    assert first["synced_count"] == PEOPLE and done(first) == {"created": PEOPLE, "read": PEOPLE}
    again = here.synced()
    assert again["synced_count"] == PEOPLE == again["unchanged"] and done(again) == {}
    crowd.change(dn(1), mail=f"{uuid4()}@example.org")
    crowd.change(dn(2), givenName=f"Zoë {uuid4()}")
    crowd.change(dn(3), description="nothing that is kept here")
    assert done(here.synced()) == {"updated": 2, "read": 3}
    assert here.users()["user00002"]["first_name"].startswith("Zoë")
    assert here.told() == {"created": PEOPLE, "updated": 2}


def test_a_directory_that_dies_in_the_middle_fails_the_run_and_the_next_goes_on(
    house: MakeHouse, crowd: Slapd
) -> None:
    here = house(crowd, page_size=25, users_filter="(uid=user00*)")
    count = select(func.count()).select_from(users)

    def kill() -> None:
        while True:
            with here.harness.runtime.database.reading() as connection:
                if connection.execute(count).scalar_one() >= SOME // 4:
                    break
            time.sleep(0.005)
        crowd.stop(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    failed = here.run("domain-user-sync")
    killer.join()
    crowd.start()
    assert failed.state is State.PENDING, "it is tried again in a minute"
    assert failed.error_message and f"the directory {crowd.url} failed while it was read" in failed.error_message
    before = len(here.users())
    assert SOME // 4 <= before < SOME
    [ended] = [one for one in here.harness.advance("1m") if one.id == failed.id]
    assert ended.state is State.SUCCESS and isinstance(ended.result, dict)
    assert ended.result["created"] == SOME - before and ended.result["synced_count"] == SOME
    assert here.told() == {"created": SOME}, "nobody was created twice"


def test_a_directory_that_does_not_answer_is_not_waited_for_for_ever(house: MakeHouse, few: Slapd) -> None:
    here = house(few, timeout_seconds=1)
    few.send(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert few.url in here.refused()
        assert time.monotonic() - began < 10
    finally:
        few.send(signal.SIGCONT)
    here.harness.advance("1m")
    assert len(here.users()) == 30
