"""A user's app, as the command line's tests serve it: one task per way to end."""

import asyncio

from orario import App, Context, Cron

app = App("shop")


@app.task(schedule=Cron("0 2 * * *", timezone="Europe/Rome"), timeout="10m")
async def close_the_day(context: Context, branch: str = "all", orders: int = 3) -> dict[str, object]:
    """Close the books of the day."""
    for order in context.track(range(orders), total=orders):
        context.info("closing", order=order)
    return {"closed": orders, "branch": branch}


@app.task
async def break_down() -> None:
    """Fail, always."""
    raise RuntimeError("the till is empty")


@app.task
async def dawdle(context: Context, seconds: float = 60) -> None:
    """Take long."""
    context.info("dawdling")
    await asyncio.sleep(seconds)
