"""Sends one message to one channel, whatever it is."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from apprise import NotifyBase, NotifyFormat, NotifyType
from apprise.plugins.email import NotifyEmail

from orario import Masker
from orario.apps.notify.addresses import plugin_of, secrets_of
from orario.apps.notify.channels import Reachable
from orario.apps.notify.failures import NotSent
from orario.apps.notify.mail import send_mail
from orario.apps.notify.webhook import send_webhook

_logger = logging.getLogger("apprise")
_logger.propagate = False  # its words go into the execution of the notice, without secrets
_TYPES = {
    "info": NotifyType.INFO,
    "warning": NotifyType.WARNING,
    "error": NotifyType.FAILURE,
    "critical": NotifyType.FAILURE,
}


def send(to: Reachable, key: str, message: Mapping[str, Any], now: datetime) -> None:
    """Raises NotSent, whose words hold no secret, when the channel does not take the message."""
    try:
        if to.channel.kind == "webhook":
            send_webhook(to.secrets.url, to.secrets.signing or "", key, message["data"], int(now.timestamp()))
        else:
            _send_by_apprise(to.secrets.url, key, message)
    except NotSent as error:
        raise NotSent(masked(to, error.message)) from None  # the cause may name the address


def masked(to: Reachable, text: str) -> str:
    """The text without what is secret about a channel."""
    return Masker([*secrets_of(to.secrets.url), *filter(None, [to.secrets.signing])]).text(text)


def _send_by_apprise(url: str, key: str, message: Mapping[str, Any]) -> None:
    plugin = plugin_of(url)
    if plugin is None:
        raise NotSent("Apprise does not know this address any more")
    if isinstance(plugin, NotifyEmail):
        send_mail(plugin, key, message["subject"], message["text"], message["html"])
        return
    severity = str(message["data"].get("severity", "info"))
    with _words() as said:
        body, form = _body(plugin, message)
        sent = plugin.notify(body=body, title=message["subject"], notify_type=_TYPES[severity], body_format=form)
    if not sent:
        raise NotSent("; ".join(said) or "Apprise could not send it")


def _body(plugin: NotifyBase, message: Mapping[str, Any]) -> tuple[str, NotifyFormat]:
    return str(message["text"]), NotifyFormat.TEXT


@contextmanager
def _words() -> Iterator[list[str]]:
    """What Apprise complains of meanwhile, in this thread: it answers with no more than yes or no."""
    said: list[str] = []
    handler = _Listener(said)
    _logger.addHandler(handler)
    try:
        yield said
    finally:
        _logger.removeHandler(handler)


class _Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said, self._thread = said, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._said.append(record.getMessage())
