"""Descriptors that a loop reads line by line, or writes as fast as the other side takes it.

They are used at once, without a single `await`: a cancel finds no half-made connection.
"""

import asyncio
import os
from collections.abc import Callable, Iterator

LONGEST_LINE = 64 * 1024


class Lines:
    """Hands on each line of a descriptor as it comes; `ended` is set at its end, when it is closed too."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int, tell: Callable[[str], None]) -> None:
        self.ended: asyncio.Future[None] = loop.create_future()
        self._loop, self._fd, self._tell = loop, fd, tell
        self._rest = b""
        os.set_blocking(fd, False)
        loop.add_reader(fd, self._read)

    def close(self) -> None:
        if self.ended.done():
            return
        self._loop.remove_reader(self._fd)
        os.close(self._fd)
        self.ended.set_result(None)
        if self._rest:
            self._hand_on(self._rest)

    def _read(self) -> None:
        try:
            chunk = os.read(self._fd, LONGEST_LINE)
        except BlockingIOError:
            return
        except OSError:  # the other side closed a socket with something unread
            chunk = b""
        if not chunk:
            self.close()
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._hand_on(line)
        *parts, self._rest = pieces(self._rest)
        for part in parts:
            self._hand_on(part)

    def _hand_on(self, line: bytes) -> None:
        for piece in (line,) if len(line) <= LONGEST_LINE else pieces(line):
            self._tell(piece.decode(errors="replace").removesuffix("\r"))


class Feed:
    """Writes to a descriptor; what the other side does not want any more is dropped."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int) -> None:
        self._loop, self._fd = loop, fd
        self._left = bytearray()
        self._ending = self._closed = False
        os.set_blocking(fd, False)

    def send(self, data: bytes) -> None:
        if not self._closed:
            self._left += data
            self._loop.add_writer(self._fd, self._write)
            self._write()

    def end(self) -> None:
        """Close once all is written."""
        self._ending = True
        if not self._left:
            self.close()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._loop.remove_writer(self._fd)
            os.close(self._fd)

    def _write(self) -> None:
        try:
            while self._left:
                del self._left[: os.write(self._fd, self._left)]
        except BlockingIOError:
            return
        except OSError:
            self._left.clear()
        self._loop.remove_writer(self._fd)
        if self._ending:
            self.close()


def pieces(line: bytes) -> Iterator[bytes]:
    """Parts of at most LONGEST_LINE bytes, never cut inside a UTF-8 character; the last may be empty."""
    while len(line) > LONGEST_LINE:
        cut = LONGEST_LINE
        while cut > LONGEST_LINE - 4 and line[cut] & 0xC0 == 0x80:
            cut -= 1
        yield line[:cut]
        line = line[cut:]
    yield line
