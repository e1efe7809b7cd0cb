"""How the findings of `orario doctor` and `orario db verify` look, and what they mean to a script."""

from collections.abc import Iterable

from typer import Exit as Leave

from orario.cli import show
from orario.cli.checks import Finding, Verdict
from orario.cli.exits import Exit

_COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def report(findings: Iterable[Finding], json: bool) -> None:
    """Each finding as it comes; the command fails if one of them does."""
    seen = []
    for finding in findings:
        seen.append(finding)
        if not json:
            _tell(finding)
    if json:
        show.as_json([_document(finding) for finding in seen])
    if any(finding.verdict is Verdict.FAIL for finding in seen):
        raise Leave(Exit.FAILED)


def _tell(finding: Finding) -> None:
    verdict = show.text(finding.verdict.ljust(4), _COLOURS[finding.verdict])
    show.line(verdict, f"{finding.what}: {finding.sentence}")
    if finding.advice:
        show.line("     ->", finding.advice)


def _document(finding: Finding) -> dict[str, str]:
    return {
        "what": finding.what,
        "verdict": finding.verdict,
        "sentence": finding.sentence,
        "advice": finding.advice,
    }
