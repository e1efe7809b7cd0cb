"""Mail for whoever writes an app: letters, a mailbox that sends them, and ids that stay the same when sent again."""

from orario.mail.asked import MailAddress, MailServer
from orario.mail.letters import Attachment, Letter, MailRefused, message_id_of
from orario.mail.mailbox import Line, Mailbox, Sent, Tls, send

__all__ = [
    "Attachment",
    "Letter",
    "Line",
    "MailAddress",
    "MailRefused",
    "MailServer",
    "Mailbox",
    "Sent",
    "Tls",
    "message_id_of",
    "send",
]
