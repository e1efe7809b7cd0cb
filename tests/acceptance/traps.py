"""What is looked for when secrets are hunted: every form of a canary, and where it may have got to."""

import base64
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, quote, urlsplit

_WINDOW = 12  # characters of a canary that must not be seen together


def windows(canary: str) -> dict[str, bytes]:
    """Pieces of every form of a canary, by words for them."""
    octets = canary.encode()
    forms = {"plain": canary, "url": quote(canary, safe=""), "json": json.dumps(canary)[1:-1], "hex": octets.hex()}
    for before in range(3):
        digits = base64.b64encode(b"\0" * before + octets).decode().rstrip("=")
        forms[f"base64 at {before}"] = digits[(before * 8 + 5) // 6 : -1]
    return {
        f"{name} from {at}": form[at : at + _WINDOW].encode()
        for name, form in forms.items()
        for at in range(len(form) - _WINDOW + 1)
    }


def found_in(text: bytes, canaries: dict[str, str]) -> list[str]:
    """Which canaries sing in these bytes, and how; a line end in the middle does not silence them."""
    text += text.replace(b"\\n", b"").replace(b"\n", b"")
    return [
        f"{name}, {form}: …{text[max(0, text.find(window) - 60) : text.find(window) + 60]!r}"
        for name, canary in canaries.items()
        for form, window in windows(canary).items()
        if window in text
    ][:5]


def found_in_folder(folder: Path, canaries: dict[str, str]) -> list[str]:
    """The same for every file of a folder, write-ahead logs too."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [f"{path.name}: {one}" for path in files for one in found_in(path.read_bytes(), canaries)]


class Lookout:
    """Reads the command lines of all processes, again and again, as `ps` does."""

    def __init__(self, canaries: dict[str, str]) -> None:
        self._canaries = canaries
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.seen: set[bytes] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.01):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    self.seen.add(Path(f"/proc/{pid}/cmdline").read_bytes())
                except OSError:
                    continue

    def found(self) -> list[str]:
        return [one for line in self.seen for one in found_in(line, self._canaries)]


HEARD: list[bytes] = []  # what was posted to parrots


class Parrot(BaseHTTPRequestHandler):
    """Answers with all that it was sent, and keeps what was posted.

    ?status= chooses the status of the answer, ?before= how much comes before what is told.
    """

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        told = json.dumps({"path": self.path, "headers": dict(self.headers)})
        before = int(query.get("before", ["0"])[0])
        body = (" " * before + "".join(self.headers.get_all("X-Key", [])) + told).encode()
        self.send_response(int(query.get("status", ["200"])[0]), "Status " + self.headers.get("X-Key", ""))
        self.send_header("ETag", self.headers.get("X-Key", "none"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers["Content-Length"]))
        HEARD.append("\n".join(f"{name}: {value}" for name, value in self.headers.items()).encode() + told)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


class Aviary:
    """A parrot on a port of its own."""

    def __enter__(self) -> str:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
        threading.Thread(target=self._server.serve_forever).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
