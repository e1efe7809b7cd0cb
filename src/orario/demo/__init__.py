"""Stand-ins that several apps share: a mail server that keeps what it is sent."""

from orario.app.demo import Demo, StandIn
from orario.demo.shared import mail_server

__all__ = ["Demo", "StandIn", "mail_server"]
