"""Passwords: hashed with scrypt, so that each guess costs a third of a second and 32 MiB."""

import base64
import hashlib
import hmac
import secrets
from threading import BoundedSemaphore

from orario.core.errors import invalid
from orario.core.hygiene import check_text

SHORTEST = 10
LONGEST = 256
_COST, _BLOCK, _PARALLEL = 2**15, 8, 3
_MEMORY = 64 * 1024 * 1024
# Whoever floods the door does not take the machine's memory and cores with it.
_AT_ONCE = BoundedSemaphore(2)


def check(password: str) -> str:
    """The password, if it may be one."""
    check_text(password, "password", longest=LONGEST)
    if len(password) < SHORTEST:
        raise invalid("password", message=f"needs {SHORTEST} characters at least")
    if len(set(password)) < 4:
        raise invalid("password", message="is the same few characters again and again")
    return password


def hashed(password: str) -> str:
    """What is stored of a password: how it was hashed, its salt, its hash."""
    salt = secrets.token_bytes(16)
    derived = _derive(password, salt, _COST, _BLOCK, _PARALLEL)
    return f"scrypt${_COST}${_BLOCK}${_PARALLEL}${_text(salt)}${_text(derived)}"


def is_right(password: str, stored: str | None) -> bool:
    """Whether this is the password; takes as long when there is none to compare with."""
    kind, cost, block, parallel, salt, derived = (stored or _NOBODYS).split("$")
    assert kind == "scrypt"
    found = _derive(password[: LONGEST + 1], _bytes(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(found, _bytes(derived)) and stored is not None


def _derive(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    with _AT_ONCE:
        return hashlib.scrypt(
            password.encode("utf-8", "surrogatepass"),
            salt=salt,
            n=cost,
            r=block,
            p=parallel,
            maxmem=_MEMORY,
            dklen=32,
        )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


_NOBODYS = f"scrypt${_COST}${_BLOCK}${_PARALLEL}${_text(bytes(16))}${_text(bytes(32))}"
