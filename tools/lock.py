"""Writes requirements.lock with pip-tools (`make lock`), or says offline whether it is current (`--check`).

The lock names releases and nothing else: no index, no hash and no path of the machine that made it, so that
it serves behind any mirror. One file covers every extra and every dependency group.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
TITLE = "# Made by `make lock` from pyproject.toml; not edited by hand."
STAMP = "# for: "
SILENT = [
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
    "--no-annotate",
    "--no-header",
    "--strip-extras",
    "--quiet",
]


def wanted() -> list[str]:
    """Every requirement that pyproject.toml names: its own, its extras' and its groups'."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    return sorted({one for some in lists for one in some if Requirement(one).name != "orario"})


def stamp(requirements: list[str]) -> str:
    return STAMP + hashlib.sha256(json.dumps(requirements).encode()).hexdigest()[:16]


def write(upgrade: bool) -> None:
    requirements = wanted()
    with tempfile.TemporaryDirectory() as folder:
        asked, pinned = Path(folder, "asked.in"), Path(folder, "pinned.txt")
        asked.write_text("\n".join(requirements))
        if LOCK.exists() and not upgrade:
            pinned.write_text(LOCK.read_text())  # pip-compile keeps the releases it finds in its output file
        subprocess.run(
            [sys.executable, "-m", "piptools", "compile", *SILENT, "-o", str(pinned), str(asked)], check=True
        )
        body = pinned.read_text()
    LOCK.write_text(f"# Made by `make lock` from pyproject.toml; not edited by hand.\n{stamp(requirements)}\n{body}")


def complaints() -> list[str]:
    """What is wrong with the lock, one sentence each."""
    requirements, text = wanted(), LOCK.read_text()
    pins = dict(line.split("==") for line in text.splitlines() if "==" in line)
    found = []
    if stamp(requirements) not in text:
        found.append("pyproject.toml asks for other packages than the lock was made for")
    for one in map(Requirement, requirements):
        pin = pins.get(canonicalize_name(one.name))
        if pin is None or not one.specifier.contains(pin, prereleases=True):
            found.append(f"{one} is not met by {pin or 'any line'}")
    return found


def main() -> int:
    if "--check" not in sys.argv:
        write(upgrade="--upgrade" in sys.argv)
        return 0
    found = complaints()
    for complaint in found:
        print(f"requirements.lock: {complaint}; run `make lock`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
