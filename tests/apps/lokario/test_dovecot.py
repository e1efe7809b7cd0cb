"""The stand-in Dovecot is configured in the words of the version that is installed."""

from pathlib import Path

import pytest

from orario.apps.lokario.demo.dovecot import Version, configuration, parsed, tls


@pytest.mark.parametrize(
    ("said", "version"),
    [("2.3.19.1 (9b53102964)\n", (2, 3)), ("2.4.1-4 (7d8c0e5759)\n", (2, 4)), ("", (2, 4))],
)
def test_each_version_gets_its_own_words(said: str, version: Version, tmp_path: Path) -> None:
    assert parsed(said) == version
    text = configuration(version, tmp_path, 143) + tls(version, tmp_path, 993)
    is_new = version == (2, 4)
    assert text.startswith("dovecot_config_version") is is_new, "nothing may stand before it"
    assert ("mail_driver = maildir" in text, "mail_location" in text) == (is_new, not is_new)
    assert ("ssl_server_cert_file = " in text, "ssl_cert = <" in text) == (is_new, not is_new)
    assert text.count("{") == text.count("}") and "{folder}" not in text
