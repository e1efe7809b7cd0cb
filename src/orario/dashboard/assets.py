"""What browsers fetch beside pages: packed once, kept by them for ever under a name that changes with it."""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from orario.core.errors import NotFound

FOLDER = Path(__file__).parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"
_WORTH_PACKING = 512
_TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".css": "text/css"}


@dataclass(frozen=True)
class File:
    """One file, as it goes over the wire."""

    kind: str
    plain: bytes
    packed: bytes | None


class Assets:
    """All files under one version: they name each other without knowing it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.is_file()}
        whole = blake2b(digest_size=6)
        for name, file in self._files.items():
            whole.update(name.encode() + b"\0" + file.plain)
        self.version = whole.hexdigest()

    def path(self, name: str) -> str:
        """Where a file is, under the root of the dashboard."""
        return f"/static/{self.version}/{name}"

    async def answer(self, request: Request) -> Response:
        """The file that was asked for. A page of an older version, still open somewhere, gets today's."""
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise NotFound("There is nothing at this path")
        is_ours = request.path_params["version"] == self.version
        headers = {"Cache-Control": _FOR_EVER if is_ours else "no-cache", "Vary": "Accept-Encoding"}
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.kind)
        return Response(file.plain, headers=headers, media_type=file.kind)


def _read(path: Path) -> File:
    plain = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(plain, 9, mtime=0) if len(plain) >= _WORTH_PACKING else None
    return File(kind, plain, packed)
