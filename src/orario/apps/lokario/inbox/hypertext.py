"""Takes the words out of HTML mail, for those who search and read without pictures."""

from html.parser import HTMLParser

_UNSEEN = frozenset({"script", "style", "head", "title"})
_BREAKS = frozenset({"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote"})
_LARGEST = 1_000_000


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(self._unseen - (tag in _UNSEEN), 0)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.found.append(data)


def plain_of_html(text: str) -> str:
    """What people would read; of what is no HTML, the text itself."""
    words = _Words()
    try:
        words.feed(text[:_LARGEST])
        words.close()
    except (AssertionError, ValueError):  # its ways to say that this is no HTML
        return text
    lines = (" ".join(line.split()) for line in "".join(words.found).split("\n"))
    return "\n".join(line for line in lines if line)
