"""What the app works with: its settings, once they are read, and the password of the service account."""

import re
from typing import Any

from orario import App, Misconfigured
from orario.apps.directory.settings import DirectorySettings

_REFERENCE = re.compile(r"\$\{secret:([^}]+)\}")


class Desk:
    """Filled by the app; asked by tasks and pages."""

    app: App | None = None

    @property
    def settings(self) -> DirectorySettings:
        settings = self.app.config if self.app else None
        return settings if isinstance(settings, DirectorySettings) else DirectorySettings()

    def password(self, services: Any) -> str | None:
        """In plain. Raises Misconfigured where it refers to a secret that is not there."""
        given = self.settings.password
        if given is None:
            return None
        found = _REFERENCE.fullmatch(given.get_secret_value().strip())
        if found is None:
            return given.get_secret_value()
        value = services.tools.vault.named({found[1]}).get(found[1])
        if value is None:
            raise Misconfigured(
                f"no secret is named {found[1]}, to which ORARIO_DIRECTORY_PASSWORD refers; "
                f"`orario secrets set {found[1]}` makes it"
            )
        services.tools.vault.used({"password": f"${{secret:{found[1]}}}"})
        return str(value)


desk = Desk()
