"""Whether an entry fits a search filter, as it comes over the wire."""

from collections.abc import Mapping, Sequence

from orario.apps.directory.demo.ber import Node

_AND, _OR, _NOT, _EQUAL, _PARTS, _AT_LEAST, _AT_MOST, _PRESENT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0x87
_FIRST, _LAST = 0x80, 0x82


def fits(wanted: Node, values: Mapping[str, Sequence[str]]) -> bool:
    """Every comparison leaves case aside."""
    if wanted.tag == _AND:
        return all(fits(one, values) for one in wanted)
    if wanted.tag == _OR:
        return any(fits(one, values) for one in wanted)
    if wanted.tag == _NOT:
        return not any(fits(one, values) for one in wanted)
    if wanted.tag == _PRESENT:
        return wanted.text.lower() == "objectclass" or bool(_of(values, wanted.text))
    name, *rest = wanted
    return any(_compared(wanted.tag, value.lower(), rest) for value in _of(values, name.text))


def _of(values: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
    return next((several for one, several in values.items() if one.lower() == name.lower()), ())


def _compared(tag: int, value: str, rest: Sequence[Node]) -> bool:
    if tag == _PARTS:
        return _has_parts(value, list(rest[0]))
    asked = rest[0].text.lower()
    if tag == _AT_LEAST:
        return value >= asked
    return value <= asked if tag == _AT_MOST else value == asked


def _has_parts(value: str, parts: Sequence[Node]) -> bool:
    """`an*n*` as its pieces: the first, any in between, the last."""
    for part in parts:
        text = part.text.lower()
        if part.tag == _FIRST and not value.startswith(text):
            return False
        if part.tag == _LAST and not value.endswith(text):
            return False
        at = value.find(text)
        if at < 0:
            return False
        value = value[at + len(text) :] if part.tag != _LAST else value
    return True
