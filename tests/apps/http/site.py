"""A small real web site for HTTP jobs to call, with every kind of bad manners."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"X-Request-Id": "42", "Set-Cookie": "visits=1"})


async def echo(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "method": request.method,
            "headers": dict(request.headers),
            "body": await request.text(),
            "cookies": dict(request.cookies),
        }
    )


async def status(request: web.Request) -> web.Response:
    return web.Response(status=int(request.match_info["code"]), text="the till is\n  closed")


async def redirect(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.query["to"])


async def slow(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


async def cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"half of")
    assert request.transport
    request.transport.close()
    return response


async def silent(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.close()
    return web.Response()


async def long(request: web.Request) -> web.Response:
    return web.Response(text="è" * 5_000 + "the end", charset="utf-8")


async def binary(request: web.Request) -> web.Response:
    return web.Response(body=b"\x00\x01\xff", content_type="image/png", charset="nonsense")


@asynccontextmanager
async def site(context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The address of a site that is up for the length of the block."""
    pages = web.Application()
    pages.router.add_route("*", "/echo", echo)
    pages.router.add_route("*", "/status/{code}", status)
    for page in (hello, redirect, slow, cut, silent, long, binary):
        pages.router.add_get(f"/{page.__name__}", page)
    runner = web.AppRunner(pages, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield f"{'https' if context else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
