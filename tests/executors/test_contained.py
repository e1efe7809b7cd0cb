"""What run_contained promises, tried on real processes: whatever a program starts ends with it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from orario.executors import warden
from orario.executors.contained import MARKER, Finished, run_contained
from orario.executors.wires import LONGEST_LINE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the tests look into /proc")

T = TypeVar("T")
STUBBORN = "trap '' TERM; echo up; while :; do sleep 0.1; done"
DAEMON = f'(setsid sh -c "{STUBBORN}" &); '


def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(seconds):
            return await work

    return asyncio.run(bounded())


class Mark:
    """The mark of one test's processes."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self.env = {**os.environ, MARKER: self.id}

    def pids(self) -> list[int]:
        wanted = f"{MARKER}={self.id}".encode()
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if wanted in environment(path)]

    def gone_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self.pids():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True


def environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


@pytest.fixture
def mark() -> Iterator[Mark]:
    mark = Mark()
    yield mark
    for pid in mark.pids():  # only what this test started, should it have failed
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Heard:
    """Collects output; `up` is set by the first line that says so."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.up = asyncio.Event()

    def __call__(self, stream: str, line: str) -> None:
        self.lines.append((stream, line))
        if line == "up":
            self.up.set()

    def of(self, stream: str) -> list[str]:
        return [line for name, line in self.lines if name == stream]


async def started(script: str, mark: Mark, grace: float) -> asyncio.Task[Finished]:
    """A running script that has said `up`."""
    heard = Heard()
    run = asyncio.create_task(run_contained(["sh", "-c", script], env=mark.env, on_output=heard, grace=grace))
    await heard.up.wait()
    return run


async def cancelled(run: asyncio.Task[Finished]) -> float:
    """Cancel a run; how long it took to end."""
    since = time.monotonic()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    return time.monotonic() - since


def shell(script: str, **options: Any) -> Finished:
    return within(20, run_contained(["sh", "-c", script], **options))


# How it ended


def test_the_exit_code_is_told() -> None:
    assert shell("exit 3") == Finished(3, None, False)
    assert shell("true") == Finished(0, None, False)


def test_the_signal_that_ended_it_is_told() -> None:
    assert shell("kill -SEGV $$") == Finished(None, signal.SIGSEGV, False)


def test_a_missing_program_is_said_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"cannot run this program.*no-such-program"):
        within(20, run_contained(["no-such-program"]))
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    with pytest.raises(FileNotFoundError, match="interpreter named in the first line"):
        within(20, run_contained(["./script"], cwd=str(tmp_path)))


def test_a_program_without_permission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")
    with pytest.raises(PermissionError, match="plain"):
        within(20, run_contained([str(tmp_path / "plain")]))


def test_a_bad_directory_is_said_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"cannot work in this directory.*nowhere"):
        within(20, run_contained(["true"], cwd=str(tmp_path / "nowhere")))
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file"):
        within(20, run_contained(["true"], cwd=str(tmp_path / "file")))


def test_a_command_that_cannot_be_is_refused() -> None:
    for argv in ([], ["echo", "a\0b"]):
        with pytest.raises(ValueError, match="NUL"):
            within(20, run_contained(argv))


# What it is given and what it says


def test_both_streams_come_line_by_line_in_order() -> None:
    async def run() -> Heard:
        heard = Heard()
        await run_contained(["sh", "-c", "for i in 1 2 3; do echo $i; echo e$i >&2; done"], on_output=heard)
        return heard

    heard = within(20, run())
    assert heard.of("stdout") == ["1", "2", "3"]
    assert heard.of("stderr") == ["e1", "e2", "e3"]


def test_lines_come_as_they_happen_and_not_at_the_end(mark: Mark) -> None:
    async def run() -> bool:
        running = await started("echo up; sleep 30", mark, grace=5)
        early = not running.done()
        await cancelled(running)
        return early

    assert within(20, run())


def test_a_hundred_thousand_lines_come_whole_while_the_loop_goes_on() -> None:
    lines: list[str] = []
    pauses: list[float] = []

    async def watch() -> None:
        while True:
            since = time.monotonic()
            await asyncio.sleep(0.001)
            pauses.append(time.monotonic() - since)

    async def run() -> None:
        watching = asyncio.create_task(watch())
        await run_contained(["seq", "100000"], on_output=lambda _, line: lines.append(line))
        watching.cancel()

    within(20, run())
    assert lines == [str(number) for number in range(1, 100_001)]
    assert max(pauses) < 0.5


def test_undecodable_bytes_are_replaced_and_a_last_line_needs_no_newline() -> None:
    lines: list[str] = []
    shell(r"printf 'a\377b\r\n\303\n\nend'", on_output=lambda _, line: lines.append(line))
    assert lines == ["a\ufffdb", "\ufffd", "", "end"]


def test_a_line_without_an_end_is_split_between_characters() -> None:
    lines: list[str] = []
    text = "x" + "€" * 100_000
    within(20, run_contained(["cat"], stdin=text.encode(), on_output=lambda _, line: lines.append(line)))
    assert "".join(lines) == text
    assert max(len(line.encode()) for line in lines) <= LONGEST_LINE


def test_standard_input_passes_whole_and_is_empty_without() -> None:
    data = os.urandom(1 << 20).hex()
    lines: list[str] = []
    within(20, run_contained(["cat"], stdin=data.encode(), on_output=lambda _, line: lines.append(line)))
    assert "".join(lines) == data
    assert within(20, run_contained(["cat"])) == Finished(0, None, False)


def test_a_program_that_does_not_read_its_input_ends_all_the_same() -> None:
    assert within(20, run_contained(["true"], stdin=b"x" * (1 << 20))) == Finished(0, None, False)


def test_directory_and_environment_are_as_given(tmp_path: Path) -> None:
    lines: list[str] = []
    shell("pwd; env", cwd=str(tmp_path), env={"WORD": "größe"}, on_output=lambda _, line: lines.append(line))
    assert lines[0] == str(tmp_path.resolve())
    assert "WORD=größe" in lines


def test_a_passed_descriptor_reaches_the_program_and_closes_with_it() -> None:
    read, write = os.pipe()
    shell(f"echo hello >/proc/self/fd/{write}", pass_fds=(write,))
    os.close(write)
    with os.fdopen(read) as pipe:
        assert pipe.read() == "hello\n"


def test_the_warden_shows_nothing_of_the_command() -> None:
    async def run() -> list[str]:
        heard = Heard()
        look = "cat /proc/$PPID/cmdline /proc/$PPID/environ | tr '\\0' '\\n'; cat /proc/$PPID/comm"
        await run_contained(["sh", "-c", look, "s3cret"], env={**os.environ, "PASS": "s3cret"}, on_output=heard)
        return heard.of("stdout")

    shown = within(20, run())
    assert shown[-1] == "orario-warden"
    assert not [line for line in shown if "s3cret" in line]


def test_a_program_starts_with_signals_as_the_system_has_them() -> None:
    lines: list[str] = []
    shell("grep -E 'Sig(Blk|Ign)' /proc/self/status", on_output=lambda _, line: lines.append(line))
    blocked, ignored = (int(line.split()[1], 16) for line in lines)
    # Whoever runs the tests in the background may ignore some; nothing of ours is to come on top.
    ours = sum(1 << (number - 1) for number in warden.OURS)
    inherited = int(re.search(r"SigIgn:\s(\w+)", Path("/proc/self/status").read_text())[1], 16)  # type: ignore[index]
    assert (blocked, ignored) == (0, inherited & ~ours)


# Kill means dead


def test_a_stubborn_daemon_is_dead_after_a_cancel(mark: Mark) -> None:
    async def run() -> float:
        took = await cancelled(await started(DAEMON + "sleep 60", mark, grace=0.3))
        assert mark.pids() == []
        return took

    assert 0.3 <= within(20, run()) < 3


def test_a_stubborn_daemon_is_dead_after_a_time_out(mark: Mark) -> None:
    async def run() -> None:
        async with asyncio.timeout(1):
            await run_contained(["sh", "-c", DAEMON + "sleep 60"], env=mark.env, grace=0.3)

    with pytest.raises(TimeoutError):
        within(20, run())
    assert mark.pids() == []


def test_a_polite_program_ends_long_before_the_grace_does(mark: Mark) -> None:
    async def run() -> float:
        return await cancelled(await started("echo up; sleep 60", mark, grace=30))

    assert within(20, run()) < 3


def test_a_clean_up_on_term_may_start_programs_of_its_own(mark: Mark, tmp_path: Path) -> None:
    script = f"trap 'sleep 0.5; touch {tmp_path}/cleaned; exit' TERM; echo up; while :; do sleep 0.05; done"

    async def run() -> None:
        await cancelled(await started(script, mark, grace=10))

    within(20, run())
    assert (tmp_path / "cleaned").exists()


def test_a_second_cancel_ends_the_grace_but_does_not_leave_early(mark: Mark) -> None:
    async def run() -> float:
        running = await started(DAEMON + "sleep 60", mark, grace=60)
        running.cancel()
        await asyncio.sleep(0.2)
        assert not running.done()
        took = await cancelled(running)
        assert mark.pids() == []
        return took

    assert within(20, run()) < 5


def test_a_stopped_program_is_ended_too(mark: Mark) -> None:
    async def run() -> float:
        return await cancelled(await started("echo up; kill -STOP $$", mark, grace=10))

    assert within(20, run()) < 5


def test_background_children_of_a_finished_shell_are_ended(mark: Mark) -> None:
    since = time.monotonic()
    finished = shell(f"sleep 60 & {DAEMON} sleep 0.3; exit 4", env=mark.env, grace=0.3)
    assert finished == Finished(4, None, False)
    assert mark.pids() == []
    assert time.monotonic() - since < 5


def test_thirty_stubborn_children_in_a_loop_are_ended(mark: Mark) -> None:
    bomb = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "for i in range(30):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        while True:\n"
        "            os.fork() or (time.sleep(0.1), os._exit(0))\n"
        "            time.sleep(0.1)\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )

    async def run() -> None:
        heard = Heard()
        command = [sys.executable, "-S", "-c", bomb]
        running = asyncio.create_task(run_contained(command, env=mark.env, on_output=heard, grace=0.3))
        await heard.up.wait()
        await cancelled(running)
        assert mark.pids() == []

    within(30, run())


def test_a_chain_that_forks_a_new_session_and_exits_is_caught(mark: Mark) -> None:
    chain = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('up', flush=True)\n"
        "until = time.monotonic() + 30\n"  # the chain ends by itself, should nobody end it
        "while time.monotonic() < until:\n"
        "    os._exit(0) if os.fork() else os.setsid()\n"
    )

    async def run() -> None:
        heard = Heard()
        command = ["sh", "-c", '"$@" & sleep 60', "sh", sys.executable, "-S", "-c", chain]
        running = asyncio.create_task(run_contained(command, env=mark.env, on_output=heard, grace=0.3))
        await heard.up.wait()
        await cancelled(running)
        assert mark.pids() == []

    within(30, run())


def test_a_program_that_kills_its_warden_does_not_get_away(mark: Mark) -> None:
    finished = shell(DAEMON + "sleep 0.2; kill -9 $PPID; sleep 60", env=mark.env)
    assert finished == Finished(None, signal.SIGKILL, True)
    assert mark.gone_within(2)


def test_a_listener_that_fails_ends_the_run_and_is_heard(mark: Mark) -> None:
    def fail(stream: str, line: str) -> None:
        raise LookupError(line)

    with pytest.raises(LookupError, match="up"):
        shell(DAEMON + "sleep 60", env=mark.env, on_output=fail, grace=0.2)
    assert mark.pids() == []


ORARIO = """
import asyncio, os, sys
from orario.executors.contained import run_contained

async def main(script, mark, fork):
    if fork:
        asyncio.get_running_loop().call_later(0.2, lambda: os.fork() or (__import__("time").sleep(5), os._exit(0)))
    await run_contained(["sh", "-c", script], env={**os.environ, "ORARIO_EXECUTION_ID": mark}, grace=0.5,
                        on_output=lambda _, line: print(line, flush=True))

asyncio.run(main(*sys.argv[1:]))
"""


def test_killing_orario_itself_ends_the_tree(mark: Mark) -> None:
    with orario(mark, fork="") as process:
        process.kill()
        assert mark.gone_within(0.5 + 1)


def test_a_fork_of_orario_that_holds_the_socket_keeps_nothing_alive(mark: Mark) -> None:
    with orario(mark, fork="yes") as process:
        time.sleep(0.5)
        process.kill()
        assert mark.gone_within(0.5 + 1)


@contextmanager
def orario(mark: Mark, fork: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs a stubborn daemon, contained."""
    command = [sys.executable, "-c", ORARIO, DAEMON + "sleep 60", mark.id, fork]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "up\n"
        assert mark.pids()
        yield process


# Many, often, anywhere


def test_fifty_run_side_by_side() -> None:
    async def run() -> list[tuple[Finished, list[tuple[str, str]]]]:
        async def one(number: int) -> tuple[Finished, list[tuple[str, str]]]:
            heard = Heard()
            finished = await run_contained(["sh", "-c", f"echo {number}; exit {number}"], on_output=heard)
            return finished, heard.lines

        return await asyncio.gather(*map(one, range(50)))

    assert within(60, run()) == [(Finished(n, None, False), [("stdout", str(n))]) for n in range(50)]


def test_fifty_are_cancelled_side_by_side(mark: Mark) -> None:
    async def run() -> None:
        running = [await started(DAEMON + "sleep 60", mark, grace=0.5) for _ in range(50)]
        assert len(mark.pids()) >= 100
        await asyncio.gather(*map(cancelled, running))
        assert mark.pids() == []

    within(60, run())


def test_fifty_runs_leave_no_descriptor_and_no_zombie(mark: Mark) -> None:
    async def some(count: int) -> None:
        for number in range(count):
            await run_contained(["sh", "-c", "cat"], stdin=b"x", on_output=print, env=mark.env)
            with pytest.raises(FileNotFoundError):
                await run_contained(["no-such-program"], stdin=b"x", on_output=print)
            if number % 10 == 0:
                await cancelled(await started("echo up; sleep 60", mark, grace=5))

    async def run() -> tuple[set[str], set[str]]:
        await some(1)
        before = set(os.listdir("/proc/self/fd"))
        await some(50)
        return before, set(os.listdir("/proc/self/fd"))

    children = psutil.Process().children()  # servers of other tests
    before, after = within(60, run())
    assert after == before
    assert psutil.Process().children() == children


def test_it_works_on_a_loop_in_another_thread(mark: Mark) -> None:
    results: list[Finished] = []

    async def run() -> None:
        results.append(await run_contained(["sh", "-c", "exit 5"]))
        await cancelled(await started("echo up; sleep 60", mark, grace=5))

    thread = threading.Thread(target=lambda: within(20, run()))
    thread.start()
    thread.join(30)
    assert results == [Finished(5, None, False)]
    assert mark.pids() == []


def test_a_run_is_over_before_asyncio_run_returns(mark: Mark) -> None:
    async def run() -> None:
        await started(DAEMON + "sleep 60", mark, grace=0.2)  # left behind, as at a shutdown

    within(20, run())
    assert mark.pids() == []
