"""The outbound heartbeat: calls a URL while jobs fire, so that somebody outside notices when this machine is gone."""

import http.client
import logging
import threading
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from orario.core.clock import Clock
from orario.core.vitals import Vitals

log = logging.getLogger("orario.engine")

_LOOK_EVERY = 1.0
_PATIENCE = 10.0  # seconds for an answer
_FAREWELL = 2.0


@dataclass
class Lifesign:
    """Only the instance that leads calls, and only while it ticks. The URL is a secret: it is in no log."""

    url: str
    every: float  # seconds
    limit: float  # seconds after which a tick is no longer fresh
    vitals: Vitals
    clock: Clock
    version: str
    sent: int = 0
    failures: int = 0
    _sent_at: float | None = None
    _fails: bool = False
    _thread: "_Thread | None" = None

    def start(self) -> None:
        self._thread = _Thread(self)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._thread.stop()
            self._thread = None

    def turn(self) -> None:
        """Call if it is time and jobs fire."""
        now = self.clock.monotonic()
        if not self._fires() or (self._sent_at is not None and now - self._sent_at < self.every):
            return
        self._sent_at = now
        why = self._call()
        if why is None:
            self.sent += 1
            if self._fails:
                log.info("the outbound heartbeat is heard again, after %d failures in all", self.failures)
        else:
            self.failures += 1
            if not self._fails:
                log.warning("the outbound heartbeat is not heard: %s; further failures are only counted", why)
        self._fails = why is not None

    def _fires(self) -> bool:
        vitals = self.vitals
        return vitals.leads and not vitals.alarms and vitals.tick_silence < self.limit

    def _call(self) -> str | None:
        """Why it did not go well, in words without the URL."""
        try:
            request = Request(self.url, headers={"User-Agent": f"orario/{self.version}"})
            with urlopen(request, timeout=_PATIENCE):
                return None
        except HTTPError as error:
            error.close()
            return f"the answer was {error.code}"
        except URLError as error:
            return type(error.reason).__name__ if isinstance(error.reason, Exception) else "it cannot be called"
        except (OSError, ValueError, http.client.HTTPException) as error:
            return type(error).__name__


class _Thread:
    def __init__(self, sign: Lifesign) -> None:
        self._sign = sign
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._main, name="orario-lifesign", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(_FAREWELL)

    def _main(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            try:
                self._sign.turn()
            except Exception as error:  # its words may hold the URL
                log.error("the outbound heartbeat stumbled: %s", type(error).__name__)
