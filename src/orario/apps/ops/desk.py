"""What the app works with, once a server has loaded it: its settings, the services, its folders."""

from pathlib import Path
from typing import Any

from orario import App
from orario.apps.ops.settings import OpsSettings


class Desk:
    """Filled by the app; asked by tasks and routes."""

    def __init__(self) -> None:
        self.app: App | None = None

    @property
    def settings(self) -> OpsSettings:
        settings = self.app.config if self.app else None
        return settings if isinstance(settings, OpsSettings) else OpsSettings()

    @property
    def services(self) -> Any:
        assert self.app is not None, "the app is not put together"
        return self.app.services

    @property
    def backups(self) -> Path:
        """The folder of the backups; it may not be there yet."""
        file = self.services.database.path
        beside = Path.cwd() if file is None else Path(file).absolute().parent
        return beside / self.settings.backup_folder

    @property
    def storage(self) -> Path:
        """The folder that is watched."""
        return self.settings.storage_folder or self.backups

    def is_needed(self, path: Path) -> bool:
        """Whether a file is Orario's own: the database, its key, a backup. No clean-up may take these."""
        file, real = self.services.database.path, path.resolve()
        if file is not None and real.name.startswith(Path(file).name):
            return real.parent == Path(file).resolve().parent
        return real.is_relative_to(self.backups.resolve())


desk = Desk()
