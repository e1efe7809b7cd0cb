"""Addresses: how they are shown, what of them is hidden, how several are told apart."""

import pytest

from orario.apps.notify.addresses import secrets_of, shown_apprise, shown_webhook
from orario.apps.notify.news import innermost
from orario.apps.notify.settings import NotifySettings


def test_recipients_may_be_separated_by_commas_and_so_may_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = "mailtos://me:pw@example.com?to=a@b.cd,e@f.gh", "json://example.com/hook"
    monkeypatch.setenv("ORARIO_NOTIFY_URLS", f" {first} , {second}\n")
    assert [url.get_secret_value() for url in NotifySettings().urls] == [first, second]


def test_an_address_is_shown_without_its_secrets() -> None:
    assert "hunter22" not in shown_apprise("mailtos://me:hunter22@example.com?to=a@b.cd")
    assert shown_webhook("https://hooks.example.com/T0/secret?token=x") == "https://hooks.example.com/********"
    assert shown_webhook("https://[") == "********"


def test_every_part_that_may_be_a_secret_is_hidden_in_errors() -> None:
    slack = secrets_of("slack://TAAAAAAAA/BBBBBBBBB/cccccccccccccccccccccccc")
    assert {"TAAAAAAAA", "BBBBBBBBB", "cccccccccccccccccccccccc"} <= set(slack)
    mail = secrets_of("mailtos://me:hunter22@mail.example.com?to=a@b.cd")
    assert "hunter22" in mail and "mail.example.com" not in mail


def test_a_traceback_is_told_by_its_innermost_lines() -> None:
    stack = "Traceback (most recent call last):\n" + "".join(
        f'  File "{name}.py", line 1, in call\n    call({name})\n    ^^^^^^^\n' for name in "abcde"
    )
    told = innermost(stack + "ValueError: no")
    assert told is not None and told.splitlines()[-1] == "  call(e)" and "^" not in told
    assert innermost(None) is None
