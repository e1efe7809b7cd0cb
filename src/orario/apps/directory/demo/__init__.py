"""What the app is tried with: a firm's people in its tables, and a directory in which some things have moved on."""

from collections.abc import Sequence

from orario import Demo, StandIn
from orario.apps.directory.demo import rows
from orario.apps.directory.demo.people import ACCOUNT, PASSWORD, directory
from orario.apps.directory.demo.server import LdapServer


def servers() -> Sequence[StandIn]:
    """A directory on this machine that answers what the app asks."""
    server = LdapServer(directory(), ACCOUNT, PASSWORD)

    async def start() -> dict[str, str]:
        await server.start()
        return {
            "ORARIO_DIRECTORY_URLS": server.url,
            "ORARIO_DIRECTORY_USER": ACCOUNT,
            "ORARIO_DIRECTORY_PASSWORD": PASSWORD,
            "ORARIO_DIRECTORY_TLS": "none",
        }

    return [StandIn("a directory (LDAP)", start, server.stop)]


DEMO = Demo(rows.load, rows.remove, servers)
