"""Keeps out of the repository what belongs to one machine or to the tools somebody worked with."""

import re
import subprocess

from tests.house.sources import ROOT

# Each is written backwards, so that this file does not contain what it looks for.
PATHS = ["/krow/", "/toor/", "/emoh/", "/sresU/", "sleehw/tpo/", "ipyp/tpo/"]
HOSTS = ["gro.ipyp", "detsohnohtyp", "ptth lru-xedni", " tsoh-detsurt"]
TOOLS = ["edualc", "ciporhtna", "tpgtahc", "ianepo", "tolipoc", "tnegabus", "redia"]
PLACES = [re.escape(text[::-1]) for text in PATHS + HOSTS]
# Case counts in paths: `/users/` is no home of anybody's.
UNWANTED = re.compile("|".join([*PLACES, *(rf"(?i:\b{word[::-1]}\b)" for word in TOOLS)]))


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_machine_a_registry_or_a_tool() -> None:
    found = [
        f"{name}:{number} holds {match.group()!r}"
        for name in tracked()
        for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1)
        if (match := UNWANTED.search(line))
    ]
    assert not found, "\n".join(found)


def test_no_file_that_orario_or_its_tools_write_is_tracked() -> None:
    made = re.compile(r"(^|/)(\.venv|__pycache__|\.mypy_cache|dist)/|\.(pyc|db|db-wal|db-shm)$|orario\.key$")
    assert not [name for name in tracked() if made.search(name)]
