"""Functions for tasks that run in a process: it imports this module."""

import asyncio
import ctypes
import logging
import os
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

from orario.core.errors import Cancelled, GiveUp
from orario.executors.context import Context


def add(a: int, b: int = 1) -> int:
    return a + b


async def add_slowly(a: int) -> int:
    await asyncio.sleep(0)
    return a + 1


def weekday(day: date) -> str:
    return day.strftime("%A")


def fail() -> None:
    raise ValueError("no such branch: north")


def give_up() -> None:
    raise GiveUp("the branch has closed for good")


def leave() -> None:
    sys.exit("good night")


def leave_at_once() -> None:
    os._exit(3)


def crash() -> None:
    ctypes.string_at(0)


def speak(context: Context) -> dict[str, Any]:
    logging.getLogger("shop").warning("low on %s", "paper")
    context.info("closing", order=7, day=date(2026, 3, 1))
    for item in context.track([1, 2, 3]):
        if item == 2:
            context.progress.fail()
    context.note(branch="north")
    return {
        "id": str(context.execution_id),
        "job": context.job,
        "app": context.app,
        "due": context.scheduled_for,
        "trigger": context.trigger,
        "timeout": context.timeout,
        "attempt": context.attempt,
    }


def say_much(context: Context) -> str:
    context.info("x" * 100_000)
    return "y" * 300_000


def hang(started: str, cleaned: str = "") -> None:
    Path(started).write_text(str(os.getpid()))
    try:
        time.sleep(60)
    finally:
        if cleaned:
            Path(cleaned).write_text("cleaned")


def note(file: str, text: str) -> None:
    Path(file).write_text(text)


async def hang_at_await(started: str, cleaned: str) -> None:
    note(started, str(os.getpid()))
    try:
        await asyncio.sleep(60)
    finally:
        note(cleaned, "cleaned")


def hang_with_a_daemon(started: str) -> None:
    """Starts a child in a session of its own, that ignores TERM and tells its pid."""
    script = f"trap '' TERM; echo $$ > {started}.draft; mv {started}.draft {started}; while :; do sleep 0.1; done"
    subprocess.Popen(["setsid", "sh", "-c", script])
    while True:
        try:
            time.sleep(60)
        except Cancelled:
            continue


def leave_a_thread() -> str:
    threading.Thread(target=time.sleep, args=(60,)).start()
    return "done"


def tell_secret(context: Context, password: str) -> None:
    context.info(f"using {password}")
    print(f"printed {password}")
    raise RuntimeError(f"cannot log in with {password}")


def find_secret(password: str) -> bool:
    """Whether the secret stands in this program's arguments."""
    return password.encode() in Path("/proc/self/cmdline").read_bytes()


def learn_secret(context: Context) -> None:
    """Is given a token while it runs."""
    context.info("before")
    token = "-".join(["token", "of", "today", "4711"])
    context.conceal(token)
    context.info(f"got {token}")
    raise RuntimeError(f"refused {token}")
