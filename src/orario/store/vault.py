"""Encrypts the secret values of a tree before it is stored, and opens them again."""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from orario.core.errors import Misconfigured
from orario.core.references import names_in, resolved
from orario.core.secrecy import SEALED, holds_secret, is_sealed, is_wholly_secret, sealed_leaf, secret_parts, walk
from orario.store.named import NamedSecrets


@dataclass(frozen=True, slots=True)
class Unlocked:
    """Arguments in plain, named secrets put in, and the texts in them that must not be seen."""

    args: Any
    secrets: list[str]


class Vault:
    """Seals with the first key, opens with any of them."""

    def __init__(self, find_keys: Callable[[], list[bytes]], named: NamedSecrets | None = None) -> None:
        self._find_keys = find_keys
        self._named = named

    @classmethod
    def beside(cls, database: Path | None, setting: str | None, named: NamedSecrets | None = None) -> "Vault":
        """The vault of a database file: keys as set, or one that Orario makes in a file beside it, mode 600.

        The setting may name several keys, separated by commas: the first seals, the others still open.
        """
        file = Path("orario.key") if database is None else database.with_name(database.name + ".key")
        given = [_derived(key.strip()) for key in (setting or "").split(",") if key.strip()]
        vault = cls(lambda: [*given, *_in_file(file, make=not given)], named)
        if database is not None:
            _ = vault._fernet  # a directory that cannot be written to shows at start, not at the first secret
        return vault

    @cached_property
    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self._find_keys()])

    @cached_property
    def _first(self) -> Fernet:
        return Fernet(self._find_keys()[0])

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

    def unlock(self, args: Any) -> Unlocked:
        """What a function is called with. Raises Misconfigured also when a named secret is not there."""
        opened = self.open(args)
        found = self.secrets(args)
        if not (names := names_in(opened)):
            return Unlocked(opened, found)
        values = self.named(names)
        if missing := sorted(names - values.keys()):
            raise Misconfigured(
                f"there is no secret named {missing[0]}; `orario secrets set {missing[0]}` makes it, "
                "or take it out of the arguments"
            )
        found += [part for value in values.values() for part in secret_parts(value, is_secret=True)]
        return Unlocked(resolved(opened, values), list(dict.fromkeys(found)))

    def named(self, names: set[str]) -> dict[str, str]:
        """The values of those of these secrets that there are."""
        sealed = {} if self._named is None else self._named.sealed(names)
        return {name: self._opened({SEALED: value}) for name, value in sealed.items()}

    def used(self, args: Any) -> None:
        """An attempt was given what these arguments refer to."""
        if self._named is not None and (names := names_in(args)):
            self._named.used(names)

    def forget(self) -> None:
        """Named secrets were changed: look them up again."""
        if self._named is not None:
            self._named.forget()

    def seal_value(self, value: str | int | float) -> str:
        """A value, encrypted."""
        return self._fernet.encrypt(json.dumps(value).encode()).decode("ascii")

    def renew_value(self, sealed: str) -> str:
        """The same, encrypted with the first key; as it is, if that was so. Raises Misconfigured."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            self._opened({SEALED: sealed})
            return self._fernet.rotate(sealed).decode("ascii")
        return sealed

    def renew(self, tree: Any) -> Any:
        """The tree with every sealed leaf encrypted with the first key. Raises Misconfigured."""
        return walk(
            tree, lambda leaf, _: {**leaf, SEALED: self.renew_value(leaf[SEALED])} if is_sealed(leaf) else leaf
        )

    def secrets(self, tree: Any) -> list[str]:
        """The texts that must not be seen, of a sealed tree."""
        found: list[str] = []
        walk(tree, lambda value, _: found.extend(self._parts(value)) if is_sealed(value) else None)
        return list(dict.fromkeys(found))

    def _sealed(self, value: Any, is_secret: bool) -> Any:
        if is_sealed(value) or not holds_secret(value, is_secret):
            return value
        return sealed_leaf(value, is_secret, self.seal_value(value))

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
        return list(secret_parts(self._opened(value), is_secret=is_wholly_secret(value)))


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
