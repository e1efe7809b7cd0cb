"""Keeps files and functions small, and each file opening with its sentence."""

import ast
from statistics import median

from tests.house.sources import modules

LONGEST_FUNCTION = 60
LONGEST_FILE = 320  # the tables are one list; everything else is far below
MEDIAN_FILE = 120


def test_the_median_file_is_under_120_lines() -> None:
    assert median(module.line_count for module in modules().values() if module.line_count) < MEDIAN_FILE


def test_no_file_is_longer_than_320_lines() -> None:
    long = [
        f"{module.name} has {module.line_count} lines; is it still one thing?"
        for module in modules().values()
        if module.line_count > LONGEST_FILE
    ]
    assert not long, "\n".join(long)


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{module.name}.{function.name} has {length} lines; name its steps"
        for module in modules().values()
        for function in module.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, "\n".join(long)


def test_every_file_opens_with_one_sentence() -> None:
    silent = [
        f"{module.name} does not say in a sentence what lives in it"
        for module in modules().values()
        if module.text.strip() and not (ast.get_docstring(module.tree) or "").split("\n\n")[0].strip().endswith(".")
    ]
    assert not silent, "\n".join(silent)
