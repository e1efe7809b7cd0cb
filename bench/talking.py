"""An app with one task that logs so many lines a second, for what follows logs."""

import asyncio
import time

from orario import App, Context, OnDemand

app = App("talking")


@app.task(schedule=OnDemand(), timeout="10m")
async def talk(context: Context, rate: int = 1000, seconds: float = 20) -> int:
    """Log `rate` lines a second, evenly, whatever the loop is busy with."""
    began, said = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        for number in range(said, int(passed * rate)):
            context.info(f"line {number} of a task that talks", number=number)
            said = number + 1
        await asyncio.sleep(0.01)
    return said
