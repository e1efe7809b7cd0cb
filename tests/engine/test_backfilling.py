"""A backfill of a job that runs one at a time: every moment runs, one after the other."""

from datetime import timedelta

from orario import App, Every, State
from orario.service.documents import BackfillDocument
from orario.testing import TESTER, Harness

app = App("archive")


@app.task(schedule=Every(hours=1))
async def collect() -> None:
    """Collect what came in."""


def test_no_moment_of_a_backfill_is_skipped(database_url: str) -> None:
    with Harness(app, database_url=database_url) as harness:
        since = harness.now
        harness.services.jobs.pause("collect", None, None, TESTER)
        harness.advance("6h")
        harness.services.jobs.resume("collect", TESTER)
        stretch = {"since": since.isoformat(), "until": (since + timedelta(hours=6)).isoformat()}
        assert harness.services.jobs.backfill("collect", BackfillDocument.model_validate(stretch), TESTER).opened == 6
        harness.run_due()
        assert [one.state for one in harness.executions("collect")] == [State.SUCCESS] * 6
