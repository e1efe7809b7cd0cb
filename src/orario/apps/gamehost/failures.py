"""What goes wrong outside: at the panel, at the mail server, with the manifest of versions."""

from http import HTTPStatus

from orario import OrarioError


class RunFailed(OrarioError):
    """The run did what it could, and something is left to do."""


class PanelError(OrarioError):
    """The panel did not do what it was asked. `is_closed`: asking for other servers would be no better now."""

    def __init__(self, reason: str, *, status: int | None = None, is_closed: bool = False) -> None:
        super().__init__(f"Pterodactyl API error: {reason}")
        self.status = status
        self.is_closed = is_closed


class NotAtPanel(PanelError):
    """The panel knows no such server."""


def in_words(status: int, reason: str | None = None) -> str:
    """`503 Service Unavailable`"""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} {reason or ''}".strip()
