"""A small program of its own that runs another one such that everything it starts ends with it.

    python -I -S -E warden.py <control fd> <grace seconds>

It is one file that needs the standard library alone, so that it starts in some 20 ms. The control descriptor
is one end of a socket pair; Orario holds the other (contained.py). To the warden comes first the program to
run, so that `ps` shows nothing of it here (`read_program`); then `t` (end everything: TERM, after the grace
KILL) or `k` (KILL now). End of file, Orario's death and a TERM, INT or HUP to the warden itself mean `t`.
From the warden come, when nothing is left, some of these lines:

    exit 3 | signal 9        how the program ended
    stopped                  it was ended from here
    left 41 42               these could not be ended (another user's, or stuck in the kernel)
    failed 2 program         it could not be started: errno, and `program`, `cwd` or `fork`
    end                      always the last

On Linux the warden is a child subreaper: whoever double-forks or calls setsid below it comes back to it, so
"I have no children" is the kernel's own word that nothing is left. Elsewhere there is no such word: the
warden reaches the program's process group and the chains of parents that `ps` shows; a daemon that leaves
both escapes.
"""

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 1, 15, 36
GRACE_FOR_LEFTOVERS = 1.0
PATIENCE_AFTER_KILL = 10.0
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Python ignores the last two at its start; a program must not inherit that.
OURS = (*ENDING, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ)


class Program:
    """What to run, as bytes: nothing here is decoded."""

    def __init__(self, packed: bytes) -> None:
        self.cwd, fds, count, *rest = packed.split(b"\0")
        self.fds = [int(fd) for fd in fds.split()]
        self.argv = rest[: int(count)]
        self.env = dict(entry.split(b"=", 1) for entry in rest[int(count) :])


class Guard:
    """A started program and all that descends from it."""

    def __init__(self, pid: int, control: int, alarm: int, grace: float) -> None:
        self.pid, self.alarm, self.grace = pid, alarm, grace
        self.status: int | None = None
        self.stopped = False
        self.kill_at: float | None = None  # known once the ending has begun
        self.pause = 0.0
        self.poll = select.poll()
        for fd in (control, alarm, *parent()):
            self.poll.register(fd, select.POLLIN)

    def watch(self) -> dict[int, int]:
        """Stay until nothing is left; give back what could not be ended."""
        while self.reap():
            if self.status is not None:
                self.end(min(self.grace, GRACE_FOR_LEFTOVERS))
            late = time.monotonic() - self.kill_at if self.kill_at is not None else -1.0
            if late >= 0:
                self.kill()
            if late > PATIENCE_AFTER_KILL:
                return self.family()
            self.listen()
        return {}

    def reap(self) -> bool:
        """Bury the dead; say whether anybody lives."""
        try:
            while dead := os.waitpid(-1, os.WNOHANG):
                if dead[0] == 0:
                    return True
                if dead[0] == self.pid:
                    self.status = dead[1]
        except ChildProcessError:
            pass
        return not LINUX and bool(self.family())

    def family(self) -> dict[int, int]:
        """Every descendant with its process group; at least the program, should /proc be unreadable."""
        return ({self.pid: self.pid} if self.status is None else {}) | descendants(self.pid)

    def end(self, grace: float) -> None:
        """TERM once to each. All are stopped first: none is born unwarned, and later clean-up is spared."""
        if self.kill_at is not None:
            return
        started = time.monotonic()
        self.kill_at = started + grace
        stopped: set[int] = set()
        while (fresh := self.family().keys() - stopped) and time.monotonic() < started + 0.5:
            send(signal.SIGSTOP, *fresh)
            stopped |= fresh
        alive = stopped & self.family().keys()
        send(signal.SIGTERM, *alive)
        send(signal.SIGCONT, *alive)

    def kill(self) -> None:
        """KILL to each and to its group: a group dies at one stroke, faster than it can fork."""
        family = self.family()
        send(signal.SIGKILL, *(-group for group in set(family.values()) - {os.getpgrp(), 0, 1}), *family)

    def listen(self) -> None:
        """Sleep until something is said, somebody dies or the next step is due."""
        for fd, _ in self.poll.poll(self.patience()):
            word = receive(fd)
            if fd == self.alarm:
                word = b"t" if set(word).intersection(ENDING) else b""
            elif not word:
                self.poll.unregister(fd)
                word = b"t"
            self.obey(word)

    def patience(self) -> float | None:
        """Milliseconds until the next step; None is for ever."""
        if self.kill_at is None and LINUX:
            return None
        self.pause = min(0.2, self.pause * 1.5 + 0.001)
        wait = (self.kill_at or 0.0) - time.monotonic()
        return 1000 * (min(wait, 3600.0) if wait > 0 and LINUX else self.pause) + 1

    def obey(self, word: bytes) -> None:
        if word:
            self.stopped = self.stopped or self.status is None
            self.end(self.grace)
        if b"k" in word:
            self.kill_at = time.monotonic()


def descendants(program: int) -> dict[int, int]:
    """All processes below this one (and, without a subreaper, in the program's group), with their groups."""
    below: dict[int, int] = {}
    table = list(from_proc() if LINUX else from_ps())
    parents, size = {os.getpid()}, -1
    while size < len(parents):
        size = len(parents)
        for pid, parent_pid, group in table:
            if parent_pid in parents or (not LINUX and group == program):
                parents.add(pid)
                below[pid] = group
    return below


def from_proc() -> Iterator[tuple[int, int, int]]:
    """(pid, parent, group) of every process; of none when this /proc counts another namespace's processes."""
    try:
        if os.readlink("/proc/self") != str(os.getpid()):
            return
        entries = os.listdir("/proc")
    except OSError:
        return
    for name in filter(str.isdigit, entries):
        stat = slurp(f"/proc/{name}/stat")
        if stat:
            _, parent_pid, group = stat[stat.rindex(b")") + 2 :].split(b" ", 3)[:3]
            yield int(name), int(parent_pid), int(group)


def from_ps() -> Iterator[tuple[int, int, int]]:
    """The same where there is no /proc, without `ps` itself, which runs in the warden's own group."""
    with os.popen("ps -A -o pid= -o ppid= -o pgid=") as lines:
        for line in lines.readlines():
            pid, parent_pid, group = map(int, line.split())
            if group != os.getpgrp():
                yield pid, parent_pid, group


def slurp(path: str) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    content = receive(fd)
    os.close(fd)
    return content


def receive(fd: int, size: int = 4096) -> bytes:
    """What can be read; nothing at the end of file, on an error, and from a descriptor of a process."""
    try:
        return os.read(fd, size)
    except OSError:
        return b""


def send(number: int, *pids: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:  # gone already, or not ours to signal: what stays alive is counted at the end
            continue


def parent() -> list[int]:
    """A descriptor that tells of Orario's death, even if a fork of Orario keeps the control socket open."""
    try:
        return [os.pidfd_open(os.getppid())] if LINUX else []
    except (OSError, AttributeError):
        return []


def prctl(option: int, value: int | bytes) -> None:
    if LINUX:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def read_program(control: int) -> Program | None:
    """Ten digits of length; then, NUL between: cwd, descriptors to keep, count of words, words, KEY=value."""
    packed, wanted = b"", 10
    while len(packed) < wanted:
        piece = receive(control, wanted - len(packed))
        if not piece:
            return None
        packed += piece
        if len(packed) == wanted == 10:
            wanted += int(packed)
    return Program(packed[10:])


def set_alarm() -> int:
    """Turn signals into bytes on a descriptor."""
    alarm, ring = os.pipe()
    os.set_blocking(ring, False)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    for number in (*ENDING, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return alarm


def start(program: Program) -> tuple[int, bytes]:
    """The program's pid, and what went wrong if it did not start."""
    trouble, tell = os.pipe()
    try:
        pid = os.fork()
    except OSError as error:
        return 0, b"%d fork" % (error.errno or 0)
    if pid == 0:
        become(program, tell)
    os.close(tell)
    return pid, receive(trouble)


def become(program: Program, tell: int) -> None:
    """In the child: turn into the program. The end of `tell`, closed by exec, is the news of success."""
    step = b"cwd"
    try:
        os.setpgid(0, 0)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in OURS:
            signal.signal(number, signal.SIG_DFL)
        os.chdir(program.cwd or b".")
        step = b"program"
        os.execvpe(program.argv[0], program.argv, program.env)
    except OSError as error:
        os.write(tell, b"%d %s" % (error.errno or 0, step))
    finally:
        os._exit(127)


def let_go(fds: list[int]) -> None:
    """Drop what only the program may hold open, so that its closing is seen."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    for fd in fds:
        os.close(fd)


def verdict(status: int | None, stopped: bool, left: dict[int, int]) -> Iterator[str]:
    if status is not None:
        code = os.waitstatus_to_exitcode(status)
        yield f"exit {code}" if code >= 0 else f"signal {-code}"
    if stopped:
        yield "stopped"
    if left:
        yield f"left {' '.join(map(str, sorted(left)))}"


def report(control: int, lines: Iterable[str]) -> None:
    try:
        os.write(control, "".join(f"{line}\n" for line in (*lines, "end")).encode())
    except OSError:  # Orario is gone, and all is done
        return


def main(control: int, grace: float) -> None:
    os.set_inheritable(control, False)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_NAME, b"orario-warden")
    alarm = set_alarm()
    program = read_program(control)
    if program is None:
        return
    pid, trouble = start(program)
    let_go(program.fds)
    if trouble:
        report(control, [f"failed {trouble.decode()}"])
        return
    guard = Guard(pid, control, alarm, grace)
    left = guard.watch()
    report(control, verdict(guard.status, guard.stopped, left))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
    os._exit(0)  # nothing here needs the interpreter's own long goodbye
