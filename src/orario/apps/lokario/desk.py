"""What the app works with, once a server has loaded it: its settings and the services."""

from datetime import date, datetime
from typing import Any

from orario import App
from orario.apps.lokario.settings import LokarioSettings


class Desk:
    """Filled by the app; asked by tasks and routes."""

    def __init__(self) -> None:
        self.app: App | None = None
        self.has_warned = False  # of a missing secret, since the start

    @property
    def settings(self) -> LokarioSettings:
        settings = self.app.config if self.app else None
        return settings if isinstance(settings, LokarioSettings) else LokarioSettings()

    @property
    def services(self) -> Any:
        assert self.app is not None, "the app is not put together"
        return self.app.services

    def today(self, now: datetime) -> date:
        """The day in the zone of the app's settings."""
        return now.astimezone(self.settings.zone).date()


desk = Desk()
