"""Takes the words out of HTML mail, for those who search and read without pictures."""

import re
from collections.abc import Iterator
from html import unescape

# The standard library's parser takes seconds over what is made to be slow; this looks at each character once.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
_DECLARATION = re.compile(r"<[!?][^<>]*>")
_UNSEEN = frozenset({"script", "style", "head", "title"})
_CLOSINGS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _UNSEEN}
_BREAKS = frozenset({"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote"})
_LARGEST = 1_000_000


def plain_of_html(text: str) -> str:
    """What people would read; of what is no HTML, the text itself."""
    words = unescape("".join(_words(text[:_LARGEST])))
    lines = (" ".join(line.split()) for line in words.split("\n"))
    return "\n".join(line for line in lines if line)


def _words(text: str) -> Iterator[str]:
    at = 0
    while (start := text.find("<", at)) >= 0:
        yield text[at:start].replace("\n", " ")
        if text.startswith("<!--", start):
            at = _behind(text, "-->", start)
        elif tag := _TAG.match(text, start):
            name = tag[2].lower()
            if name in _BREAKS:
                yield "\n"
            at = _closing(text, name, tag.end()) if name in _UNSEEN and not tag[1] else tag.end()
        elif declaration := _DECLARATION.match(text, start):
            at = declaration.end()
        else:
            yield "<"
            at = start + 1
    yield text[at:].replace("\n", " ")


def _behind(text: str, mark: str, start: int) -> int:
    """Behind the next mark; at the end, where there is none."""
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _closing(text: str, name: str, start: int) -> int:
    """Where what is not for reading ends."""
    found = _CLOSINGS[name].search(text, start)
    return len(text) if found is None else found.start()
