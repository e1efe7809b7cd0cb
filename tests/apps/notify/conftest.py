"""What the tests of notices share."""

from collections.abc import Iterator

import pytest

from tests.apps.notify.servers import Mailbox, Receiver, mail_server, webhook


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook() as receiver:
        yield receiver


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox
