"""Why a job did, or did not, run."""

from typing import Annotated

from fastapi import Path, Query

from orario.api.queries import Text
from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.why import WhyOut
from orario.service.people import Role
from orario.web.access import require
from orario.web.depends import Jobs

router = NativeRouter(tags=["jobs"], responses=ALWAYS)

# Not `job_id`, which must name a living job: a deleted one answers too.
AnyJob = Annotated[str, Path(description="The job's id or its slug; also of a deleted one.")]
At = Annotated[
    Text | None,
    Query(
        description="ISO 8601, `02:00` or `yesterday 02:00`; without a zone of its own it is in the job's. "
        "Left out: what it waits for now, or its latest moment."
    ),
]


@router.get("/jobs/{job}/why", dependencies=[require(Role.VIEWER)], responses=errors(404, 422))
def why_job(job: AnyJob, jobs: Jobs, at: At = None) -> WhyOut:
    """Tell why a job did, or did not, run at a time, why it was late, or what it waits for."""
    return WhyOut.of(jobs.why(job, at or None))
