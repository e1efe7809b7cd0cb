"""What the tasks work with, once a server has loaded the app: its settings."""

from orario import App
from orario.apps.agent.schedules import declare
from orario.apps.agent.settings import AgentSettings


class AgentApp(App):
    """The app; its jobs follow its settings."""

    def configure(self, config: AgentSettings) -> None:
        super().configure(config)
        declare(self, config)


class Desk:
    """Filled by the app."""

    def __init__(self) -> None:
        self.app: App | None = None

    @property
    def settings(self) -> AgentSettings:
        found = self.app.config if self.app else None
        return found if isinstance(found, AgentSettings) else AgentSettings()


desk = Desk()
