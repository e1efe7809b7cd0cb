"""Entries of a directory as values: texts, keys, moments, however the server spells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from ldap3.utils.conv import escape_filter_chars

_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = (0, 0x7FFFFFFFFFFFFFFF)
_LONGEST = 2000
_LDAP_LOCKED_FOR_EVER = "000001010000Z"
_AD_DISABLED = 0x2


@dataclass(frozen=True)
class Entry:
    """One entry; attributes by lower-case name."""

    dn: str
    attributes: Mapping[str, Sequence[bytes]]

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> Self:
        """As ldap3 gives it. An attribute that comes with options (`cn;lang-de`) is not the one without."""
        return cls(response["dn"], {name.lower(): values for name, values in response["raw_attributes"].items()})

    def texts(self, names: str) -> list[str]:
        """All values of the first of these attributes that has any."""
        for name in names.split(","):
            if values := self.attributes.get(name.strip().lower()):
                return [clean(value) for value in values]
        return []

    def text(self, names: str) -> str | None:
        """The first value, None where there is none."""
        found = next((one for one in self.texts(names) if one), None)
        return None if found is None else found[:_LONGEST]

    def key(self, name: str) -> str | None:
        """What never changes about an entry, as text."""
        values = self.attributes.get(name.lower())
        if not values:
            return None
        value = bytes(values[0])
        if name.lower() == "objectguid" and len(value) == 16:
            return str(UUID(bytes_le=value))
        return clean(value).lower() or None

    def moment(self, names: Sequence[str]) -> datetime | None:
        """When it was, in LDAP's own form or in Windows'."""
        found = (moment_of(text) for name in names for text in self.texts(name))
        return max((one for one in found if one is not None), default=None)

    @property
    def is_disabled(self) -> bool:
        """Whether the directory itself does not let this account in."""
        control = self.text("userAccountControl")
        if control and control.lstrip("-").isdigit():
            return bool(int(control) & _AD_DISABLED)
        locked = self.text("pwdAccountLockedTime") == _LDAP_LOCKED_FOR_EVER
        return locked or (self.text("nsAccountLock") or "").lower() == "true"


def clean(value: bytes) -> str:
    """UTF-8 as it should be; what is none is read as Latin-1, and control characters are left out."""
    try:
        text = bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        text = bytes(value).decode("latin-1")
    if text.isprintable():
        return text.strip()
    return "".join(char for char in text if char.isprintable() or char == "\n").strip()


def moment_of(text: str) -> datetime | None:
    """`20300131080000Z`, `20300131080000.123Z`, or 100 ns steps since 1601; None of "never" and of nonsense."""
    if text.isdigit() and len(text) != len("20300131080000"):
        if int(text) in _NEVER:
            return None
        try:
            return _FILETIME_EPOCH + timedelta(microseconds=int(text) // 10)
        except OverflowError:
            return None
    try:
        return datetime.strptime(text.partition(".")[0].removesuffix("Z")[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def in_filter(key: str, name: str) -> str:
    """A key as a filter wants it: Active Directory's are bytes."""
    if name.lower() == "objectguid":
        return "".join(f"\\{byte:02x}" for byte in UUID(key).bytes_le)
    return escape_filter_chars(key)


def dn_key(dn: str) -> str:
    """A distinguished name as it is compared: without regard to case and to blanks around its parts."""
    return ",".join("=".join(half.strip() for half in part.split("=", 1)) for part in _parts(dn)).casefold()


def _parts(dn: str) -> list[str]:
    parts, start, escaped = [], 0, False
    for at, char in enumerate(dn):
        if char == "," and not escaped:
            parts.append(dn[start:at])
            start = at + 1
        escaped = char == "\\" and not escaped
    return [*parts, dn[start:]]
