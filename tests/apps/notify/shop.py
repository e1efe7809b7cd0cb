"""An app whose jobs fail as the test wishes, and short words for channels and rules."""

from typing import Any

from orario import App, Context, Every, OnDemand
from orario.apps.notify import app as notify
from orario.apps.notify import notices, tables
from orario.apps.notify.desk import desk
from orario.apps.notify.managing import put_channel, put_rule
from orario.apps.notify.notices import Notice
from orario.apps.notify.schemas import ChannelDocument, RuleDocument
from orario.testing import TESTER, Harness
from tests.apps.notify.servers import SECRET, Receiver

MOODS: dict[str, Any] = {}


def make_shop() -> App:
    """`close` runs every ten minutes and fails when its mood is bad."""
    MOODS.clear()
    shop = App("shop")

    @shop.task(schedule=Every(minutes=10), display_name="Close the day", timeout="5m", misfire="none")
    def close(context: Context) -> None:
        """Close the books."""
        context.info("opening the books", branch="north")
        if MOODS.get("close"):
            raise ValueError(MOODS["close"])

    @shop.task(schedule=OnDemand(), display_name="Restock")
    def restock() -> None:
        """Fill the shelves."""
        if MOODS.get("restock"):
            raise ValueError(MOODS["restock"])

    return shop


def harness(**options: Any) -> Harness:
    return Harness(make_shop(), notify, **options)


def hook(receiver: Receiver, name: str = "ops", **options: Any) -> None:
    """A webhook channel."""
    body = {"kind": "webhook", "url": receiver.url, "signingSecret": SECRET, **options}
    put_channel(desk, name, ChannelDocument.model_validate(body), TESTER)


def rule(name: str, *on: str, **options: Any) -> None:
    put_rule(desk, name, RuleDocument.model_validate({"on": list(on), **options}), TESTER)


def told(one: Harness, **equal: object) -> list[Notice]:
    """The notices, oldest first."""
    with one.runtime.database.reading() as connection:
        found, _ = notices.find(
            connection, [tables.notices.c[name] == value for name, value in equal.items()], 1, 1000
        )
    return sorted(found, key=lambda notice: (notice.at, notice.channel))
