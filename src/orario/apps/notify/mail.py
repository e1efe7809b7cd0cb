"""Sends a notice as one mail to all of a channel's recipients, with a Message-ID that every repeat carries."""

import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime

from apprise.plugins.email import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController

from orario.apps.notify.failures import NotSent

FAILURES = (OSError, smtplib.SMTPException)
_POLICY = SMTP.clone(max_line_length=300, cte_type="7bit")  # a subject in one line; servers without 8BITMIME


def send_mail(plugin: NotifyEmail, key: str, subject: str, text: str, html: str) -> None:
    """Raises NotSent when the server does not take it, for one recipient or for all.

    Apprise parses the address and opens the connection. The message is ours: Apprise gives each try a new Message-ID,
    by which a mail server cannot know that it has it already.
    """
    recipients = [address for _, address in plugin.targets]
    message = composed(plugin, key, subject, text, html)
    everybody = [*recipients, *plugin.cc, *plugin.bcc]
    if not everybody:
        raise NotSent("the address names no recipient")
    try:
        with AppriseSMTPController(
            host=plugin.smtp_host,
            port=plugin.port or 0,
            secure_mode=str(plugin.secure_mode),
            user=plugin.user,
            password=plugin.password,
            verify_certificate=plugin.verify_certificate,
            socket_connect_timeout=plugin.socket_connect_timeout,
        ) as connection:
            if not connection.sendmail(str(plugin.from_addr[1]), everybody, message.as_string()):
                raise NotSent("the mail server refused the message or a recipient")
    except FAILURES as error:
        raise NotSent(f"the mail server {plugin.smtp_host}: {error or type(error).__name__}") from error


def composed(plugin: NotifyEmail, key: str, subject: str, text: str, html: str) -> EmailMessage:
    """The message: text with the same as HTML beside it."""
    name, address = plugin.from_addr
    message = EmailMessage(_POLICY)
    message["Subject"] = " ".join(subject.split())
    message["From"] = Address(str(name or "Orario"), addr_spec=str(address))
    message["To"] = ", ".join(one for _, one in plugin.targets)
    if plugin.cc:
        message["Cc"] = ", ".join(sorted(plugin.cc))
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<{key}@orario>"
    message["X-Orario-Notice"] = key
    message["Auto-Submitted"] = "auto-generated"  # no holiday answers, please
    for header, value in plugin.headers.items():
        if header not in message:
            message[header] = value
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message
