"""Workers of others' Celery applications are asked to tell of their tasks until they surely have heard it."""

from orario.executors.celeryevents import Asking


def test_a_worker_is_asked_again_for_it_speaks_before_it_can_hear() -> None:
    asked: list[list[str]] = []
    asking = Asking(asked.append)
    asking.met("one", 1, 0.0)
    for tenth in range(50):
        asking.met("one", 1, tenth / 10)
        asking.turn(tenth / 10)
    assert len(asked) == 6  # at 0, 0.1, 0.3, 0.7, 1.5 and 3.1 seconds
    asking.met("one", 2, 5.0)  # another process of that name
    asking.turn(5.0)
    assert len(asked) == 7


def test_a_worker_that_has_fallen_silent_is_asked_no_more() -> None:
    asked: list[list[str]] = []
    asking = Asking(asked.append)
    asking.met("one", 1, 0.0)
    asking.turn(Asking.LATEST + 1)
    assert asked == []
