"""The process of one case: measures, writes its figures as JSON, ends."""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from bench.cases import Case
from bench.contenders import GaveUp


def main() -> None:
    step, case, folder, answer = sys.argv[1], Case.load(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    # Imported here: what another part needs would count as this one's memory.
    measure = getattr(import_module(f"bench.{case.part}"), step)
    try:
        told: dict[str, object] = {"figures": measure(case, folder)}
    except GaveUp as reason:
        told = {"note": str(reason)}
    answer.write_text(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # threads of peers that would go on


if __name__ == "__main__":
    main()
