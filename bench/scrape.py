"""What scraping /metrics costs while jobs fire (`python -m bench.scrape 1000 --seconds 20`).

The lag is told by the metrics themselves: once with a scrape every second, once with one at the end only.
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated

import httpx
import psutil
import typer
from prometheus_client.parser import text_string_to_metric_families as parsed

from bench.api import _server
from bench.cases import Case
from bench.contenders.with_orario import Orario
from bench.measure import percentile, sleep_until
from bench.steady import phases

_SETTLES = 3.0


def lag_of(text: str) -> dict[str, float]:
    """Milliseconds: the average, and the bound of the bucket in which 99 % of all starts lie."""
    [family] = [one for one in parsed(text) if one.name == "orario_start_lag_seconds"]
    count, total = (next(one.value for one in family.samples if one.name.endswith(end)) for end in ("_count", "_sum"))
    buckets = [(float(one.labels["le"]), one.value) for one in family.samples if "le" in one.labels]
    below = next(bound for bound, value in buckets if value >= 0.99 * count)
    return {"starts": count, "lag_ms": total / max(count, 1) * 1000, "lag_99_below_ms": below * 1000}


def measure(jobs: int, seconds: int, every: float, folder: Path) -> dict[str, float]:
    """Let the jobs fire for a while; `every` seconds a scrape, none if it is 0."""
    case = Case("steady", jobs, seconds=seconds)
    begin = float(int(time.time() + 20 + 0.005 * jobs))
    one = Orario(folder)
    one.register(phases(case, begin), 1.0, seconds, patience=case.patience, hurried=True)
    with _server(folder, folder / "starts.json") as (process, address, token):
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=headers) as client:
            sleep_until(begin)
            spent = sum(psutil.Process(process.pid).cpu_times()[:2])
            took = scrapes(client, begin, seconds, every)
            spent = sum(psutil.Process(process.pid).cpu_times()[:2]) - spent
            sleep_until(begin + seconds + _SETTLES)
            text = client.get("/metrics").text
    found = {"scrapes": float(len(took)), "cpu_percent": 100 * spent / seconds, **lag_of(text), "bytes": len(text)}
    if took:
        found |= {"scrape_ms": percentile(took, 0.5), "scrape_99_ms": percentile(took, 0.99)}
    return found


def scrapes(client: httpx.Client, begin: float, seconds: int, every: float) -> list[float]:
    """How long each took, in milliseconds."""
    took = []
    for number in range(int(seconds / every) if every else 0):
        sleep_until(begin + number * every)
        since = time.perf_counter()
        client.get("/metrics").raise_for_status()
        took.append((time.perf_counter() - since) * 1000)
    sleep_until(begin + seconds)
    return took


def main(
    jobs: Annotated[int, typer.Argument()] = 1000,
    seconds: Annotated[int, typer.Option()] = 20,
    every: Annotated[float, typer.Option()] = 1.0,
) -> None:
    for pace in (every, 0.0):
        with tempfile.TemporaryDirectory(prefix="orario-bench-") as folder:
            found = measure(jobs, seconds, pace, Path(folder))
        title = f"a scrape every {pace:g} s" if pace else "no scrapes"
        print(f"{jobs} jobs a second, {title}: {json.dumps({name: round(one, 2) for name, one in found.items()})}")


if __name__ == "__main__":
    typer.run(main)
