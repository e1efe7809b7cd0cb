"""Gives each case a process of its own, and an end."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from bench.cases import Case

ROOT = Path(__file__).resolve().parents[1]
_DURABLE = {"orario", "apscheduler-sqlite", "huey"}
_TAIL = 400  # characters of what a broken case said last


class Told(TypedDict, total=False):
    """What a process answers."""

    figures: dict[str, float]
    note: str


@dataclass
class Result:
    """What came out of a case: figures, or a sentence on why there are none."""

    case: Case
    figures: dict[str, float] = field(default_factory=dict)
    note: str = ""


def measure(case: Case) -> Result:
    """Run one case. Nothing of it is left behind."""
    result = Result(case)
    with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder:
        for step in _steps(case):
            told = _run(step, case, Path(folder))
            result.figures |= told.get("figures", {})
            result.note = told.get("note", "")
            if result.note:
                break
    return result


def _steps(case: Case) -> list[str]:
    # What registers a million jobs has used memory that the one who starts with them has not.
    return ["register", "run"] if case.part == "crowd" and case.contender in _DURABLE else ["run"]


def _run(step: str, case: Case, folder: Path) -> Told:
    limit = 60 + 4 * case.patience + 3 * case.seconds
    answer, log = folder / "answer.json", folder / "log"
    answer.unlink(missing_ok=True)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.child", step, case.dump(), str(data), str(answer)],
            cwd=ROOT,
            env=environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            return {"note": f"stopped after {limit:.0f} s"}
        finally:
            _end(process)
    if not answer.exists():
        return {"note": f"broke: {log.read_text()[-_TAIL:]}"}
    told: Told = json.loads(answer.read_text())
    return told


def environment() -> dict[str, str]:
    """Ours without Orario's settings: everything is measured with its defaults."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ORARIO_")}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the session that we started, with what it may have started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()
