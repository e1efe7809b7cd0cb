"""The forms in which a secret may turn up in a text: encoded, escaped, quoted."""

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote

_SHORTEST_ENCODED = 6  # fewer characters of base64 are in every text


def disguises(secret: str) -> set[str]:
    """The secret itself and what common encodings make of it, alone or inside a longer text."""
    octets = secret.encode("utf-8", "surrogatepass")
    forms = {secret, unquote(secret), quote(secret), quote(secret, safe=""), quote_plus(secret)}
    forms |= {form.lower() for form in forms if "%" in form}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms |= escaped
    forms |= {form.replace("/", "\\/") for form in escaped}  # as PHP writes it
    forms |= {json.dumps(form)[1:-1] for form in escaped}  # JSON inside of JSON
    forms |= {repr(secret)[1:-1], repr(octets)[2:-1], html.escape(secret)}
    forms |= {octets.hex(), octets.hex().upper(), octets.hex(" "), octets.hex(":")}
    forms |= {secret.replace("'", "'\"'\"'"), secret.replace("'", "'\\''")}  # as shells quote it
    for form in _base64(octets):
        forms |= {form, form.replace("+", "-").replace("/", "_"), quote(form, safe="")}
    forms |= {base64.b32encode(octets).decode("ascii").rstrip("=")}
    return {form for form in forms if form}


def _base64(octets: bytes) -> Iterator[str]:
    """The base64 digits that depend on these octets alone, wherever in a longer text they stand; the whole too."""
    for before in range(3):
        padded = b"\0" * before + octets
        digits = base64.b64encode(padded).decode("ascii").rstrip("=")
        inner = digits[(0, 2, 3)[before] : len(padded) * 8 // 6]
        if len(inner) >= _SHORTEST_ENCODED:
            yield inner
    if len(octets) >= _SHORTEST_ENCODED:
        yield base64.b64encode(octets).decode("ascii")
