"""The command `orario status`: who leads, who lives, what is next."""

from collections.abc import Iterator

from orario.cli import cells, show
from orario.cli.client import connect
from orario.cli.options import Json
from orario.cli.show import Cell, Column, Row

INSTANCE_COLUMNS = (
    Column("INSTANCE", lambda row: f"{row['hostname']}:{row['pid']}"),
    Column("ROLE", lambda row: show.text("leads", "green") if row["isLeader"] else "stands by"),
    Column("STARTED", cells.far("startedAt"), is_whole=True),
    Column("HEARTBEAT", cells.far("lastHeartbeat"), is_whole=True),
    Column("VERSION", cells.field("version"), min_width=show.WIDE),
)


def status(json: Json = False) -> None:
    """Show whether Orario is at work, which instance leads and which job is next."""
    with connect() as api:
        answer = api.get("/status")
    if json:
        show.as_json(answer)
        return
    show.details(_pairs(answer))
    show.table(INSTANCE_COLUMNS, answer["instances"], empty="No instance is alive: `orario serve` starts one.")


def _pairs(status: Row) -> Iterator[tuple[str, Cell]]:
    yield "State", show.text("running", "green") if status["isRunning"] else show.text("not running", "red")
    yield "Jobs", f"{status['totalJobs']}, {status['enabledJobs']} enabled, {status['runningJobs']} running"
    following = status.get("nextScheduledJob")
    if following:
        yield "Next", f"{following['name']}, {cells.when(following['nextRunTime'])}"
