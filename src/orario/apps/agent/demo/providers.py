"""Plays the providers: a source of credentials, the URLs at which they are checked, and one that takes messages."""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from orario.demo import StandIn

_SECRETS = {"language-model": "good-model-key", "translations": "good-translation-key", "payments": "revoked-key"}
_REVOKED = "revoked-key"


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # whose line is full makes callers wait for a second

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is no news."""


class _Providers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/credentials":
            self._answer(200, [self._offer(name, secret) for name, secret in _SECRETS.items()])
            return
        secret = _SECRETS.get(self.path.removeprefix("/check/"))
        shown = self.headers.get("Authorization", "").removeprefix("Bearer ")
        is_good = secret is not None and shown == secret != _REVOKED
        self._answer(200 if is_good else 401, {"valid": is_good})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(200, {"taken": True})

    def _offer(self, name: str, secret: str) -> Mapping[str, str]:
        assert isinstance(self.server, _Server)
        check = f"http://127.0.0.1:{self.server.server_port}/check/{name}"
        return {"name": name, "provider": f"{name}.example", "secret": secret, "checkUrl": check}

    def _answer(self, status: int, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Not a word: the terminal is for those who watch."""


def providers() -> StandIn:
    """On a free port of this machine."""
    server: list[_Server] = []

    async def start() -> Mapping[str, str]:
        server.append(_Server(("127.0.0.1", 0), _Providers))
        Thread(target=server[0].serve_forever, name="agent-providers", daemon=True).start()
        url = f"http://127.0.0.1:{server[0].server_port}"
        return {
            "ORARIO_AGENT_CREDENTIALS_SOURCE": f"{url}/credentials",
            "ORARIO_AGENT_MESSAGES_URL": f"{url}/messages",
        }

    async def stop() -> None:
        one = server.pop()
        one.shutdown()
        one.server_close()

    return StandIn("providers of the agent's credentials", start, stop)
