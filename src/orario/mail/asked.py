"""Types for the settings of apps that send mail: a mail server's URL, a sender; what is wrong is said at start."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr

from orario.core.errors import Misconfigured
from orario.mail.letters import MailRefused, parsed
from orario.mail.mailbox import Mailbox


def _empty_is_none(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


def _is_mail_server(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        try:
            Mailbox.from_url(value.get_secret_value())
        except Misconfigured as error:
            raise ValueError(error.message) from None
    return value


def _is_address(value: str) -> str:
    if value:
        try:
            parsed(value)
        except MailRefused:
            raise ValueError("is not a mail address; it must be like Ann <ann@example.org>") from None
    return value


MailServer = Annotated[SecretStr | None, BeforeValidator(_empty_is_none), AfterValidator(_is_mail_server)]
"""What `Mailbox.from_url` takes; None where it is empty."""

MailAddress = Annotated[str, AfterValidator(_is_address)]
"""`ann@example.org` or `Ann <ann@example.org>`; it may be empty."""
