"""Encrypts the secret values of a tree before it is stored, and opens them again."""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from orario.core.errors import Misconfigured
from orario.core.secrecy import SEALED, SHOWN, holds_secret, is_sealed, sealed_leaf, secret_parts, walk


class Vault:
    """Seals with the first key, opens with any of them."""

    def __init__(self, find_keys: Callable[[], list[bytes]]) -> None:
        self._find_keys = find_keys

    @classmethod
    def beside(cls, database: Path | None, setting: str | None) -> "Vault":
        """The vault of a database file: keys as set, or one that Orario makes in a file beside it, mode 600.

        The setting may name several keys, separated by commas: the first seals, the others still open.
        """
        file = Path("orario.key") if database is None else database.with_name(database.name + ".key")
        given = [_derived(key.strip()) for key in (setting or "").split(",") if key.strip()]
        vault = cls(lambda: [*given, *_in_file(file, make=not given)])
        if database is not None:
            _ = vault._fernet  # a directory that cannot be written to shows at start, not at the first secret
        return vault

    @cached_property
    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self._find_keys()])

    @cached_property
    def pepper(self) -> bytes:
        """A secret for digests that nobody should be able to guess at."""
        return hashlib.sha256(b"orario digest" + self._find_keys()[0]).digest()

    def seal(self, tree: Any) -> Any:
        """The tree with every secret in it encrypted; what is sealed already stays as it is."""
        return walk(tree, self._sealed)

    def open(self, tree: Any) -> Any:
        """The tree in plain. Raises Misconfigured when it was sealed with another key."""
        return walk(tree, lambda value, _: self._opened(value))

    def secrets(self, tree: Any) -> list[str]:
        """The texts that must not be seen, of a sealed tree."""
        found: list[str] = []
        walk(tree, lambda value, _: found.extend(self._parts(value)) if is_sealed(value) else None)
        return list(dict.fromkeys(found))

    def _sealed(self, value: Any, is_secret: bool) -> Any:
        if is_sealed(value) or not holds_secret(value, is_secret):
            return value
        ciphertext = self._fernet.encrypt(json.dumps(value).encode()).decode("ascii")
        return sealed_leaf(value, is_secret, ciphertext)

    def _opened(self, value: Any) -> Any:
        if not is_sealed(value):
            return value
        try:
            return json.loads(self._fernet.decrypt(value[SEALED]))
        except InvalidToken:
            raise Misconfigured(
                "a stored secret cannot be opened: it was sealed with another key. "
                "Set ORARIO_KEY to that key, or give the secret again"
            ) from None

    def _parts(self, value: Mapping[str, Any]) -> list[str]:
        return list(secret_parts(self._opened(value), is_secret=SHOWN not in value))


def _derived(key: str) -> bytes:
    """A Fernet key from whatever a person set; long random texts are what should be set."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())


def _in_file(file: Path, *, make: bool) -> list[bytes]:
    try:
        return [file.read_bytes().strip()]
    except FileNotFoundError:
        return [_made(file)] if make else []
    except OSError as error:
        raise Misconfigured(f"cannot read the key file {file}: {error.strerror}") from None


def _made(file: Path) -> bytes:
    """A fresh key, written whole before it gets its name: of two that start at once, one wins for both."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(Fernet.generate_key())
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
        return file.read_bytes().strip()
    except OSError as error:
        raise Misconfigured(
            f"cannot make the key file {file}: {error.strerror}; make the directory writable, or set ORARIO_KEY"
        ) from None
