"""Makes one notice of many."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orario.apps.notify.composing import LISTED
from orario.apps.notify.news import text_of
from orario.apps.notify.notices import Notice
from orario.apps.notify.words import Severity

_PREFIX = "[Orario] "


def digest_facts(key: str, held: Sequence[Notice], count: int, now: datetime) -> dict[str, Any]:
    """The facts of a digest of `count` notices, of which `held` are the first."""
    kinds = Counter(one.kind.value.replace("_", " ") for one in held)
    said = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    listed = [f"{one.at:%d %b %H:%M} UTC  {one.subject.removeprefix(_PREFIX)}" for one in held[:LISTED]]
    if count > len(listed):
        listed.append(f"... and {count - len(listed)} more")
    reasons = list(dict.fromkeys(one.why for one in held if one.why))
    return {
        "kind": "digest",
        "sentence": f"{count} notices were held back: {said}.",
        "at": text_of(now),
        "since": text_of(held[0].at),
        "job": None,
        "timezone": "UTC",
        "execution": None,
        "error": None,
        "where": None,
        "details": {"Because": ", ".join(reasons)} if reasons else {},
        "log": [],
        "list": listed,
        "notices": [str(one.id) for one in held[:LISTED]],
        "count": count,
        "digest": key,
    }


def gravest(held: Sequence[Notice]) -> Severity:
    """How grave the gravest of them is."""
    order = list(Severity)
    return max((one.severity for one in held), key=order.index)
