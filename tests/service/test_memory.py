"""Figures that took long are kept for a while; others never."""

from time import thread_time

from orario.service.memory import Memory


def busy(seconds: float) -> None:
    end = thread_time() + seconds
    while thread_time() < end:
        pass


def test_what_took_long_is_not_counted_again_at_once() -> None:
    memory, counted = Memory(is_local=True), []

    def slow() -> int:
        busy(0.1)
        counted.append(1)
        return len(counted)

    assert [memory.recall("a", slow) for _ in range(3)] == [1, 1, 1]
    assert memory.recall("b", slow) == 2


def test_what_is_quick_is_counted_every_time() -> None:
    memory, counted = Memory(is_local=True), []

    def quick() -> int:
        counted.append(1)
        return len(counted)

    assert [memory.recall("a", quick) for _ in range(3)] == [1, 2, 3]
