"""One action on many jobs, each in a transaction of its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from orario.core.errors import Refused


@dataclass(frozen=True)
class BulkResult:
    """What came of one of many; `message` says why it was refused."""

    ref: str
    is_done: bool
    message: str | None = None


def for_each(refs: Iterable[str], act: Callable[[str], object]) -> list[BulkResult]:
    """Do something to each; a refusal is told and does not stop the others."""
    return [_one(ref, act) for ref in dict.fromkeys(refs)]


def _one(ref: str, act: Callable[[str], object]) -> BulkResult:
    try:
        act(ref)
    except Refused as refusal:
        return BulkResult(ref, False, refusal.message)
    return BulkResult(ref, True)
