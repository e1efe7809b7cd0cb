"""One page of a longer list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some of many. `next_cursor` leads to the following page however deep it lies."""

    items: list[Item]
    total: int
    page: int
    per_page: int
    next_cursor: str | None = None
    is_total_exact: bool = True  # false: counting stopped at `total`, there are more


def offset_of(page: int, per_page: int) -> int:
    """How many items come before this page."""
    return (max(page, 1) - 1) * per_page
