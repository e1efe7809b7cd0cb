"""Reads every `orario ...` line of the docs as the command line would, without doing it."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.exceptions import TyperException
from typer.main import get_command

from orario import cli
from tests.house.sources import ROOT, SOURCE

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(SOURCE.rglob("README.md"))]
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(orario [^`\n]+)`")
_SUBSTITUTED = re.compile(r"\$\((orario [^()]*)\)")


def lines(page: Path) -> Iterator[str]:
    text = page.read_text()
    for block in _SHELL.findall(text):
        whole = block.replace("\\\n", " ").splitlines()
        yield from (line.strip() for line in whole if re.match(r"\s*(\w+=\S+ )*orario ", line))
    if "reference" not in page.parts:
        yield from _INLINE.findall(text)


def commands(line: str) -> Iterator[list[str]]:
    """The words of each `orario` command in a line of shell."""
    for inner in _SUBSTITUTED.findall(line):
        yield from commands(inner)
    words = shlex.split(_SUBSTITUTED.sub("SUBSTITUTED", line), comments=True)
    while words and "=" in words[0]:
        words = words[1:]
    ends = [at for at, word in enumerate(words) if word in ("|", ">", "&&", ";", "...")]
    yield words[1 : min(ends, default=len(words))]


def understand(command: Any, words: list[str], parent: Any = None) -> None:
    """Raise a click error unless these words are a command with arguments that it takes."""
    if children := getattr(command, "commands", {}):
        assert words, "this is a group, not a command"
        assert words[0] in children, f"there is no command {words[0]!r}"
        understand(children[words[0]], words[1:], parent)
    elif words:
        command.make_context(command.name, list(words), parent=parent)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_the_docs_is_one(page: Path) -> None:
    root = get_command(cli.app)
    for line in lines(page):
        for words in commands(line):
            try:
                understand(root, words)
            except (AssertionError, TyperException) as error:
                pytest.fail(f"`{line}`: {error}")


@pytest.mark.parametrize("line", ["orario jobs fly", "orario jobs next --loudly shop", "orario jobs"])
def test_a_command_that_is_none_is_noticed(line: str) -> None:
    with pytest.raises((AssertionError, TyperException)):
        understand(get_command(cli.app), next(commands(line)))
