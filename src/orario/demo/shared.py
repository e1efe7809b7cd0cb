"""Stand-ins that are started once, however many apps ask for them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from orario.app.demo import StandIn

if TYPE_CHECKING:  # no server should wait for what only demonstrations need
    from orario.demo.mailserver import MailServer

FOLDER = Path("orario-demo") / "mail"


class _Shared:
    """The one mail server of this process, and how many asked for it."""

    server: "MailServer | None" = None
    users = 0


def mail_server(*variables: str, folder: Path = FOLDER, port: int = 0) -> StandIn:
    """A mail server on this machine, which keeps each mail as a file; its URL is what these variables want.

    All apps get the same one.
    """

    async def start() -> Mapping[str, str]:
        from orario.demo.mailserver import MailServer

        if _Shared.server is None:
            _Shared.server = MailServer(folder=folder, port=port)
            _Shared.server.start()
        _Shared.users += 1
        return {name: _Shared.server.url for name in variables}

    async def stop() -> None:
        _Shared.users -= 1
        if not _Shared.users and _Shared.server is not None:
            _Shared.server.stop()
            _Shared.server = None

    return StandIn(f"mail, kept in {folder}", start, stop)
