"""A stand-in for Redis that says that it is there: all that a health check asks of one."""

import asyncio
from collections.abc import Mapping

from orario.demo import StandIn

_INFO = b"# Server\r\nredis_version:demo\r\n# Memory\r\nused_memory:1048576\r\n"
_ANSWERS = {b"PING": b"+PONG\r\n", b"INFO": b"$%d\r\n%s\r\n" % (len(_INFO), _INFO)}


def redis_server(port: int = 0) -> StandIn:
    """On loopback; its URL is what ORARIO_OPS_REDIS_URL wants."""
    servers: list[asyncio.Server] = []

    async def start() -> Mapping[str, str]:
        server = await asyncio.start_server(_talk, "127.0.0.1", port)
        servers.append(server)
        return {"ORARIO_OPS_REDIS_URL": f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"}

    async def stop() -> None:
        for server in servers:
            server.close()
        servers.clear()

    return StandIn("Redis, which only says that it is there", start, stop)


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while words := await _command(reader):
            writer.write(_ANSWERS.get(words[0].upper(), b"+OK\r\n"))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        pass  # the caller hung up, or speaks something else
    finally:
        writer.close()


async def _command(reader: asyncio.StreamReader) -> list[bytes]:
    """The words of the next command; none at the end."""
    head = await reader.readline()
    words = []
    for _ in range(int(head[1:]) if head.startswith(b"*") else 0):
        size = int((await reader.readline())[1:])
        words.append((await reader.readexactly(size + 2))[:-2])
    return words
