"""Secrets at rest: sealed, opened, and the key that does it."""

from pathlib import Path

import pytest

from orario.core.errors import Misconfigured
from orario.core.secrecy import mask
from orario.store.vault import Vault

TREE = {
    "url": "https://ann:hunter2@host/",
    "headers": {"Authorization": "Basic YW5uOnMzY3JldA=="},
    "n": 1,
    "pin": 4711,
}


def test_what_is_sealed_opens_again_and_shows_nothing(tmp_path: Path) -> None:
    vault = Vault.beside(tmp_path / "orario.db", None)
    sealed = vault.seal(TREE)
    assert vault.open(sealed) == TREE
    for secret in ("hunter2", "YW5u", "4711"):
        assert secret not in str(sealed)
    assert mask(sealed) == mask(TREE)
    assert vault.seal(sealed) == sealed


def test_the_secrets_of_a_tree_are_the_parts_that_must_not_be_seen(tmp_path: Path) -> None:
    vault = Vault.beside(tmp_path / "orario.db", "a key")
    found = vault.secrets(vault.seal(TREE))
    assert set(found) == {"hunter2", "Basic YW5uOnMzY3JldA==", "YW5uOnMzY3JldA==", "s3cret", "4711"}


def test_the_key_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    sealed = Vault.beside(tmp_path / "orario.db", None).seal(TREE)
    file = tmp_path / "orario.db.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["orario.db.key"]
    assert Vault.beside(tmp_path / "orario.db", None).open(sealed) == TREE


def test_a_key_that_was_changed_still_opens_what_the_earlier_ones_sealed(tmp_path: Path) -> None:
    made = Vault.beside(tmp_path / "orario.db", None).seal(TREE)
    old = Vault.beside(tmp_path / "orario.db", "old").seal(TREE)
    new = Vault.beside(tmp_path / "orario.db", "new, old")
    assert new.open(made) == new.open(old) == TREE


def test_another_key_opens_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    sealed = Vault.beside(tmp_path / "a.db", "one").seal(TREE)
    with pytest.raises(Misconfigured, match="ORARIO_KEY"):
        Vault.beside(tmp_path / "b.db", "other").open(sealed)


def test_a_directory_that_cannot_hold_the_key_shows_at_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="key file"):
        Vault.beside(tmp_path / "missing" / "orario.db", None)
