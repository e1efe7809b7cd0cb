"""What the app works with, once a server has loaded it: its settings, the vault, the calendars."""

from collections.abc import Collection
from datetime import date
from typing import Any

from orario import App
from orario.apps.notify.rules import Rulebook
from orario.apps.notify.settings import NotifySettings


class Desk:
    """Filled by the app; asked by listeners, tasks and routes."""

    def __init__(self) -> None:
        self.app: App | None = None

    @property
    def settings(self) -> NotifySettings:
        settings = self.app.config if self.app else None
        return settings if isinstance(settings, NotifySettings) else NotifySettings()

    @property
    def services(self) -> Any:
        assert self.app is not None, "the app is not put together"
        return self.app.services

    @property
    def vault(self) -> Any:
        return self.services.tools.vault

    @property
    def public_url(self) -> str:
        return str(self.services.tools.settings.public_url)

    def calendars(self, book: Rulebook) -> dict[str, Collection[date]]:
        """The dates of the calendars that channels name."""
        wanted = {name for channel in book.channels.values() for name in channel.calendars}
        if not wanted:
            return {}
        return {one.name: frozenset(one.dates) for one in self.services.schedules.calendars() if one.name in wanted}


desk = Desk()
