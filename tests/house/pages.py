"""Reads the examples out of a Markdown page: fenced blocks with a mark in a comment above them.

`<!-- played -->`               a shell block, run
`<!-- played: until "text" -->` the same, run again until it prints the text
`<!-- played: pytest -->`       a Python block, run as a test
`<!-- played: python -->`       a Python block, run
`<!-- answered -->`             JSON; what the block before printed has at least these fields
`<!-- file: shop.py -->`        a file in the working directory, there from the start
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^<!-- (?P<mark>[^\n]+) -->\n```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
_SERVED = re.compile(r"orario serve (\w+:\w+)")


@dataclass(frozen=True)
class Block:
    """One marked example."""

    mark: str
    language: str
    text: str

    @property
    def until(self) -> str | None:
        found = re.fullmatch(r'played: until "(.+)"', self.mark)
        return found and found[1]

    @property
    def file(self) -> str | None:
        return self.mark.removeprefix("file: ") if self.mark.startswith("file: ") else None


def blocks(page: Path) -> list[Block]:
    return [Block(**found.groupdict()) for found in _BLOCK.finditer(page.read_text())]


def served(page: Path) -> list[str]:
    """The apps that the page serves, if it brings their files."""
    files = {Path(block.file).stem for block in blocks(page) if block.file}
    return [app for app in dict.fromkeys(_SERVED.findall(page.read_text())) if app.partition(":")[0] in files]


def differences(example: Any, actual: Any, place: str = "answer") -> list[str]:
    """What the example has and the actual answer lacks; of a list, the first of each is compared."""
    if isinstance(example, dict) and isinstance(actual, dict):
        missing = [f"{place} has no {key}" for key in example if key not in actual]
        common = [(key, example[key], actual[key]) for key in example if key in actual]
        return missing + [one for key, left, right in common for one in differences(left, right, f"{place}.{key}")]
    if isinstance(example, list) and isinstance(actual, list) and example:
        return differences(example[0], actual[0], f"{place}[0]") if actual else [f"{place} is empty"]
    if example is None or actual is None or type(example) is type(actual):
        return []
    return [f"{place} is {json.dumps(actual)}, not like {json.dumps(example)}"]
