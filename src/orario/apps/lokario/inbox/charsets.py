"""Makes text of bytes, whatever charset they claim to be in; nothing that mail may hold stops it."""

import re
from email.errors import HeaderParseError
from email.header import decode_header

# Python knows these as charsets; mail that names them means harm or nonsense.
_NOT_OF_MAIL = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LONGEST_HEADER = 20_000
_BLANKS = re.compile(r"\s+")


def decoded(data: bytes, charset: str | None) -> str:
    """The text: in the charset that is claimed if it fits, else in UTF-8, else in what Windows writes."""
    for name in (charset, "utf-8"):
        if name and (found := _strictly(data, name)) is not None:
            return storable(found)
    if charset and (found := _loosely(data, charset)) is not None:
        return storable(found)
    return storable(data.decode("cp1252", "replace"))


def _strictly(data: bytes, charset: str) -> str | None:
    return _as(data, charset, "strict")


def _loosely(data: bytes, charset: str) -> str | None:
    """With marks for what does not fit; of single-byte charsets and UTF-8 Windows' own tells more."""
    name = _plain(charset)
    return None if name in ("us_ascii", "ascii", "utf_8", "utf8") else _as(data, charset, "replace")


def _as(data: bytes, charset: str, errors: str) -> str | None:
    if _plain(charset) in _NOT_OF_MAIL:
        return None
    try:
        return data.decode(charset, errors)
    except (LookupError, ValueError):  # no such charset, or no text in it
        return None


def _plain(charset: str) -> str:
    return charset.strip().lower().replace("-", "_")


def storable(text: str) -> str:
    """The text with marks in place of what no database takes."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def header_text(raw: object) -> str:
    """A header's value as people read it: unfolded, its encoded words decoded, 8-bit letters kept."""
    value = letters(raw)[:_LONGEST_HEADER]
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):  # an encoded word that is broken: shown as it came
        return one_line(value)
    return one_line("".join(piece if isinstance(piece, str) else decoded(piece, name) for piece, name in pieces))


def letters(raw: object) -> str:
    """What the parser kept of a header, which holds 8-bit letters as surrogates."""
    text = raw if isinstance(raw, str) else str(raw)
    if text.isascii():
        return text
    return decoded(text.encode("utf-8", "surrogateescape"), None)


def one_line(text: str) -> str:
    return storable(_BLANKS.sub(" ", text).strip())
