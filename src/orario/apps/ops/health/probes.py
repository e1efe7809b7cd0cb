"""One look at each kind of service: it answers with details, or raises with the reason."""

import asyncio
import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlsplit

import httpx
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy import text

from orario import OrarioError
from orario.apps.ops.words import megabytes
from orario.mail import Mailbox

Details = Mapping[str, Any]
_PROBE = b"orario"


class NotHealthy(OrarioError):
    """A service does not do what it should."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


async def database(door: Any) -> Details:
    """Orario's own database answers."""

    def ask() -> Details:
        with door.reading() as connection:
            connection.execute(text("SELECT 1")).scalar_one()
        files = [Path(f"{door.path}{end}") for end in ("", "-wal")] if door.path is not None else []
        size = sum(file.stat().st_size for file in files if file.exists())
        return {"size_mb": megabytes(size)} if files else {}

    return await asyncio.to_thread(ask)


async def redis(url: str, seconds: float) -> Details:
    """Redis lets us in and answers a PING."""
    client = Redis.from_url(url, socket_connect_timeout=seconds, socket_timeout=seconds, protocol=2)
    try:
        await client.ping()
        server = await client.info("server")
        memory = await client.info("memory")
    except AuthenticationError:
        raise NotHealthy(f"{_place(url)} refuses the user or the password") from None
    except (RedisError, OSError) as error:
        raise NotHealthy(f"{_place(url)}: {_sentence(error)}") from None
    finally:
        await client.aclose()
    return {"version": str(server.get("redis_version", "")), "used_memory_mb": megabytes(memory["used_memory"])}


async def storage(folder: Path, free_mb: int) -> Details:
    """The folder takes what is written, gives it back, and has room left."""
    return await asyncio.to_thread(_stored, folder, free_mb)


def _stored(folder: Path, free_mb: int) -> Details:
    there = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    try:
        with TemporaryFile(dir=there, prefix=".orario-health-") as file:
            file.write(_PROBE)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            same = file.read() == _PROBE
    except OSError as error:
        raise NotHealthy(f"{folder} cannot be written to: {error.strerror or error}") from None
    usage = shutil.disk_usage(there)
    details = {"path": str(folder), "free_mb": megabytes(usage.free), "total_mb": megabytes(usage.total)}
    if not same:
        raise NotHealthy(f"{folder} does not give back what was written", **details)
    if usage.free < free_mb * 1_048_576:
        raise NotHealthy(f"only {megabytes(usage.free)} MB are free in {folder}, wanted are {free_mb}", **details)
    return details


async def mail(url: str, seconds: float) -> Details:
    """The mail server lets us in; nothing is sent."""
    async with Mailbox.from_url(url).opened():
        return {}


async def url(address: str, seconds: float) -> Details:
    """A web address answers with 2xx or 3xx."""
    shown = f"{urlsplit(address).scheme}://{urlsplit(address).hostname}"  # the rest may hold a secret
    try:
        async with httpx.AsyncClient(timeout=seconds) as client, client.stream("GET", address) as answer:
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotHealthy(f"{shown}: {_sentence(error)}") from None
    if status >= 400:
        raise NotHealthy(f"{shown} answered {status}", status_code=status)
    return {"status_code": status}


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path


def _sentence(error: BaseException) -> str:
    """The system's own words where there are any: libraries tell of numbers and sockets."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in errno.errorcode:
            return os.strerror(cause.errno or 0)
        cause = cause.__cause__ or cause.__context__
    return (" ".join(str(error).split()) or type(error).__name__).rstrip(".")
