"""An app whose tasks tell their secret in every way there is."""

import asyncio
import base64
import json
import logging
import sys
from urllib.parse import quote

from orario import App, Context

app = App("canary")


@app.task
def tell(context: Context, key: str) -> dict[str, object]:
    """Log it, note it, print it, return it."""
    half = len(key) // 2
    context.info(f"plain {key}", key=key, deep=[{"in": key}, {key: 1}])
    context.info(key[:half])
    context.info(key[half:])
    for at in range(0, len(key), 10):
        context.warn(key[at : at + 10])
    logging.getLogger("canary").warning("with logging %s", key, extra={"used": key})
    logging.getLogger("canary").info("json %s", json.dumps({"k": key}))
    context.note(key=key, url=f"https://host/?k={quote(key)}", b64=base64.b64encode(f"ann:{key}".encode()).decode())
    print("printed", key)
    print("printed", key, file=sys.stderr)
    return {"echo": key, key: 1, "cut": "x" * 50 + key[:20], "hex": key.encode().hex()}


@app.task
def fail(key: str) -> None:
    """Raise with it, and because of it."""
    try:
        raise ValueError(f"inner {key}")
    except ValueError as error:
        raise RuntimeError(f"cannot log in with {key}: {base64.b64encode(key.encode()).decode()}") from error


@app.task
async def fail_softly(context: Context, key: str) -> None:
    """Fail on the loop, and leave behind a task that fails when nobody looks."""

    async def stray() -> None:
        raise RuntimeError(f"stray {key}")

    context.info("starting one")
    asyncio.get_running_loop().create_task(stray())
    await asyncio.sleep(0.05)
    raise RuntimeError(f"softly {key}")


@app.task(process=True)
def tell_outside(context: Context, key: str) -> str:
    """The same in a process of its own."""
    print("printed outside", key, flush=True)
    print(key[:15], flush=True)
    print(key[15:], flush=True)
    context.info(f"outside {key}")
    return key


@app.task(process=True)
def fail_outside(key: str) -> None:
    """Fail there."""
    raise RuntimeError(f"outside {key}")


@app.task
def count(number: int = 1) -> int:
    """Take a number, or refuse."""
    return number
