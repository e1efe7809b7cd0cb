"""What a newcomer is shown: two small companies with mail and unpaid invoices, and servers that stand in."""

from collections.abc import Sequence

from orario.apps.lokario.demo.data import load, remove
from orario.apps.lokario.demo.imapserver import imap_server, is_installed
from orario.demo import Demo, StandIn, mail_server


def _servers() -> Sequence[StandIn]:
    mail = mail_server("ORARIO_LOKARIO_MAIL_URL")
    return (imap_server(), mail) if is_installed() else (mail,)


DEMO = Demo(load=load, remove=remove, servers=_servers)
