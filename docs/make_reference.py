"""Makes docs/reference and the drawing of the states from the code (`make reference`), or checks them (`--check`)."""

import sys
from pathlib import Path

from making.commands import commands
from making.endpoints import endpoints
from making.metrics import metrics
from making.names import names
from making.settings import settings
from making.states import states
from making.tasks import tasks

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- Made from the code by `make reference`; not edited by hand. -->"
PAGES = {
    "settings": settings,
    "command-line": commands,
    "api": endpoints,
    "tasks": tasks,
    "metrics": metrics,
    "python": names,
}
DRAWING = DOCS / "how-it-works.md"
START, END = "<!-- states: made from the code by `make reference` -->", "<!-- end of states -->"


def made() -> dict[Path, str]:
    """What each page should say."""
    pages = {DOCS / "reference" / f"{name}.md": f"{NOTE}\n\n{page()}" for name, page in PAGES.items()}
    before, _, rest = DRAWING.read_text().partition(START)
    pages[DRAWING] = f"{before}{START}\n{states()}\n{END}{rest.partition(END)[2]}"
    return pages


def main() -> int:
    stale = [path for path, text in made().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if "--check" in sys.argv:
            print(f"{path.relative_to(DOCS.parent)} does not say what the code says; run `make reference`")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made()[path])
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
