"""Reads the house's own source: its files, its modules, what each imports."""

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"


@dataclass(frozen=True)
class Import:
    """One import as it is written: which module, on which line, and whether it stands at the top of the file."""

    module: str
    line: int
    is_at_top: bool


@dataclass(frozen=True)
class Module:
    """One source file of the package."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        # CPython 3.11 cannot parse while it parses, which a finaliser does that tells of an error with its stack.
        gc.disable()
        try:
            return ast.parse(self.text)
        finally:
            gc.enable()

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())

    def imports(self) -> Iterator[Import]:
        top = set(self.tree.body)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for module in self._named(node):
                    yield Import(module, node.lineno, node in top)

    def _named(self, node: ast.Import | ast.ImportFrom) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        base = node.module or ""
        if node.level:
            here = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
            base = ".".join([*here[: len(here) - node.level + 1], *filter(None, [node.module])])
        return [f"{base}.{alias.name}" for alias in node.names]

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def modules() -> dict[str, Module]:
    """Every module of the package, by its name."""
    found = [Module(_name(path), path) for path in sorted(SOURCE.rglob("*.py"))]
    return {module.name: module for module in found}


def _name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def resolve(written: str, known: dict[str, Module]) -> str | None:
    """The module of ours that an import reaches: `orario.core.job.Job` reaches `orario.core.job`."""
    while written not in known:
        if "." not in written:
            return None
        written = written.rpartition(".")[0]
    return written
