"""Installs by apt, once, the real servers that the tests run against, and says loudly which ones a machine lacks."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Debian keeps these off the path, where it has wrappers at most; the newest release comes first.
_ASIDE = (
    *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), key=len, reverse=True),
    "/usr/lib/rabbitmq/bin",
)


@dataclass(frozen=True)
class Server:
    """A program that tests start, and where Debian has it."""

    name: str
    program: str
    packages: tuple[str, ...]


# One more server is one more line here, and a file beside tests/servers/postgresql.py that starts it.
SERVERS = (
    Server("postgresql", "postgres", ("postgresql",)),
    Server("pgbouncer", "pgbouncer", ("pgbouncer",)),
    Server("redis", "redis-server", ("redis-server",)),
    Server("rabbitmq", "rabbitmq-server", ("rabbitmq-server",)),
    Server("chromium", "chromium", ("chromium",)),
    Server("dovecot", "dovecot", ("dovecot-imapd",)),
    Server("slapd", "slapd", ("slapd",)),
    Server("prometheus", "promtool", ("prometheus",)),  # only to read what it would be given
)

# A package's own service is not started, now or while apt works: tests start private servers of their own.
_INSTALL = """
set -e
if [ ! -e /usr/sbin/policy-rc.d ]; then
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
"""


def program(name: str) -> Path | None:
    """Where a program is, also where no path leads."""
    found = shutil.which(name, path=os.pathsep.join([*_ASIDE, os.environ.get("PATH", ""), "/usr/sbin"]))
    return None if found is None else Path(found)


def missing(servers: Iterable[Server]) -> list[Server]:
    """The servers that this machine lacks."""
    return [server for server in servers if program(server.program) is None]


def is_required() -> bool:
    """Whether a missing server is a failure, as it is in CI, or a reason to skip the tests that want it."""
    chosen = os.environ.get("ORARIO_TEST_SERVERS", "")
    return chosen == "required" or (not chosen and bool(os.environ.get("CI")))


def install(servers: Sequence[Server]) -> str | None:
    """Install them; why not, if it cannot be done."""
    become_root = _root()
    if become_root is None:
        return "only root may install packages"
    if shutil.which("apt-get") is None:
        return "this machine has no apt"
    packages = [package for server in servers for package in server.packages]
    command = [*become_root, "sh", "-c", _INSTALL, "install", *packages]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL
    )
    return None if done.returncode == 0 else f"apt could not install them:\n{done.stdout.strip()}"


def _root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    asked = ["sudo", "-n", "true"]
    has_sudo = shutil.which("sudo") is not None and subprocess.run(asked, capture_output=True).returncode == 0
    return ["sudo", "-n"] if has_sudo else None


def main(wanted: Sequence[str]) -> int:
    """`python -m tools.servers [NAME ...]`: without names, all of them."""
    if os.environ.get("ORARIO_TEST_SERVERS") == "none":
        return 0
    known = {server.name: server for server in SERVERS}
    if unknown := [name for name in wanted if name not in known]:
        print(f"There is no server {', '.join(unknown)}; known are {', '.join(known)}.")
        return 2
    lacking = missing(known[name] for name in wanted or known)
    if not lacking:
        return 0
    print(f"Installing {_names(lacking)} for the tests (once)", flush=True)
    reason = install(lacking)
    still = missing(lacking)
    if not still:
        return 0
    print(f"!!! {_names(still)} not installed: {reason or 'the packages lack the programs'}", flush=True)
    print(f"!!! The tests on {_names(still)} {'fail' if is_required() else 'are SKIPPED'}.", flush=True)
    return 1 if is_required() else 0


def _names(servers: Iterable[Server]) -> str:
    return ", ".join(server.name for server in servers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
