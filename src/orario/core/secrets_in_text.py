"""Finds the secrets inside a text: a URL's password, a bearer's token, `password=...`."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from orario.core.references import FILLER, blanked

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_SECRET_WORDS = frozenset(
    {
        *("password", "passwords", "passwd", "passphrase", "pwd", "secret", "secrets", "authorization"),
        *("apikey", "cookie", "cookies", "credential", "credentials"),
    }
)
_SECRET_ALONE = frozenset({"auth", "tokens", "pass", "otp", "cvv", "pin"})
_SECRET_ENDS = (
    *("password", "passwd", "passphrase", "secret", "token", "apikey", "apikeys", "accesskey", "privatekey"),
    *("secretkey", "signingkey", "encryptionkey", "sharedkey", "accountkey", "authkey", "servicekey"),
)
# `password_file` and `token_count` tell about a secret; they are none.
_TELLS_ABOUT = frozenset(
    {
        *("file", "path", "policy", "length", "count", "expires", "expiry", "ttl", "days", "required"),
        *("enabled", "field", "name", "type", "min", "max", "url"),
    }
)

_EDGE = r"(?<![A-Za-z0-9_.+-])"  # names are tried at their first letter only, so that matching stays linear
_NAME = r"(?P<name>[A-Za-z][A-Za-z0-9_.-]{0,60})"
_VALUE = re.compile(r"\"([^\"]+)\"|'([^']+)'|([^\s\"'&;,)}\]]+)")
_IN_URL = re.compile(_EDGE + r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/?#:@]*:(?P<value>[^\s/?#]+)@")
_IN_HEADER = re.compile(r"\b(?:authorization|cookie)\s{0,3}:\s{0,3}(?P<value>[^\r\n\"']+)", re.IGNORECASE)
_AFTER_SCHEME = re.compile(r"\b(?:Bearer|Basic) {1,3}(?P<value>[A-Za-z0-9._~+/=-]{6,})")
_PAIR = re.compile(_EDGE + _NAME + r"[\"']?\s{0,3}[:=]\s{0,3}")
_FLAG = re.compile(r"(?<!\S)--?" + _NAME + r"\s{1,3}(?!-)")
_BESIDE = re.compile(FILLER + "+")
# What stands beside a reference and is no secret: "Bearer ", "; session=", "ann:".
_PLAIN = re.compile(r"[\s;,&]*(?:[A-Za-z][\w.@-]{0,60}(?:\s*[=:]\s*|\s+))?[\s:;,.=/+&|@-]*")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a value of this name is a secret by nature: password, Authorization, api_key, clientSecret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _TELLS_ABOUT:
        return False
    if len(words) == 1 and words[0] in _SECRET_ALONE:
        return True
    return not _SECRET_WORDS.isdisjoint(words) or "".join(words).endswith(_SECRET_ENDS)


def secret_spans(text: str) -> list[tuple[int, int]]:
    """Where the secrets in a text begin and end, in order, without overlaps."""
    if not any(mark in text for mark in (":", "=", "--", "Bearer ", "Basic ")):
        return []
    bare = blanked(text)
    spans = merged(_found(bare))
    return spans if bare is text else [piece for span in spans for piece in _literal(bare, *span)]


def literal_spans(text: str) -> list[tuple[int, int]] | None:
    """What a secret text holds beside its references that may be secret itself; None: it has no references."""
    bare = blanked(text)
    return None if bare is text else list(_literal(bare, 0, len(bare)))


def without_secrets(text: str, mask: str) -> str:
    """The text with a mask in place of each secret found in it."""
    return without_spans(text, secret_spans(text), mask)


def without_spans(text: str, spans: list[tuple[int, int]], mask: str) -> str:
    """The text with a mask in place of each of these; they come in order, without overlaps."""
    for start, end in reversed(spans):
        text = text[:start] + mask + text[end:]
    return text


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same places in order, without overlaps."""
    return list(_merged(sorted(spans)))


def _literal(bare: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The pieces between references, without the plainly harmless; the whole where no reference is inside."""
    inside = list(_BESIDE.finditer(bare, start, end))
    edges = [start, *(edge for found in inside for edge in found.span()), end]
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if first < last and not (inside and _PLAIN.fullmatch(bare, first, last)):
            yield first, last


def _found(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_IN_URL, _IN_HEADER, _AFTER_SCHEME):
        for match in pattern.finditer(text):
            yield match.span("value")
    for pattern in (_PAIR, _FLAG):
        yield from _named(pattern, text)


def _named(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for match in pattern.finditer(text):
        if match.end() < end or not is_secret_name(match["name"]):
            continue
        if value := _VALUE.match(text, match.end()):
            end = value.end()
            yield value.span(value.lastindex or 0)


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start, end = -1, -1
    for first, last in spans:
        if first > end:
            if end >= 0:
                yield start, end
            start, end = first, last
        end = max(end, last)
    if end >= 0:
        yield start, end
