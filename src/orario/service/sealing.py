"""Encrypts what apps keep in tables of their own, with Orario's key."""

from dataclasses import dataclass

from orario.core.errors import Misconfigured
from orario.core.secrecy import SEALED
from orario.store.vault import Vault


@dataclass(frozen=True)
class Sealing:
    """Seals single texts. A column that holds such says `info={"sealed": "text"}`, so that it moves to a new key."""

    vault: Vault

    def seal(self, text: str) -> str:
        """The text, encrypted; the same text looks different every time."""
        return self.vault.seal_value(text)

    def open(self, sealed: str) -> str:
        """The text in plain. Raises Misconfigured when it was sealed with another key."""
        found = self.vault.open({SEALED: sealed})
        if not isinstance(found, str):
            raise Misconfigured("what was sealed is no text")
        return found
