"""What a newcomer is shown: believable customers and servers, and servers that stand in for real ones."""

from collections.abc import Sequence

from orario.apps.gamehost.demo.data import load, machines, remove
from orario.apps.gamehost.demo.panel import PanelStandIn
from orario.demo import Demo, StandIn, mail_server


def _servers() -> Sequence[StandIn]:
    panel = PanelStandIn().own(machines())
    mail = mail_server("ORARIO_GAMEHOST_MAIL_URL")
    return StandIn("Pterodactyl panel, with a manifest of game versions", panel.start, panel.stop), mail


DEMO = Demo(load=load, remove=remove, servers=_servers)
