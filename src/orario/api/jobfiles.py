"""Jobs by the many: as YAML text, beside their code, in bulk."""

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from orario.api.queries import JobRef
from orario.api.routing import NativeRouter
from orario.api.schemas.actions import BulkOut
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.manifests import DiffList, JobDiffOut, PlanOut
from orario.core.errors import Forbidden, invalid
from orario.service.documents import BulkDocument
from orario.service.people import Role
from orario.web import bodies
from orario.web.access import Caller, require
from orario.web.depends import Jobs

router = NativeRouter(tags=["jobs as text"], responses=ALWAYS)

YAML = "application/yaml"
_YAML_TYPES = (YAML, "text/yaml", "text/x-yaml", "application/x-yaml", "text/plain")
_LARGEST_FILE = 5 * bodies.LARGEST  # some ten thousand jobs

_ADMIN = [require(Role.ADMIN)]
_OPERATOR = [require(Role.OPERATOR)]
_VIEWER = [require(Role.VIEWER)]
_ADMINS_ACTIONS = frozenset({"enable", "disable", "delete"})

_EXAMPLE = """jobs:
  - slug: nightly
    name: Nightly
    task: http.request
    jobType: cron
    scheduleConfig: {hour: "2", minute: "0"}
    taskArgs: {url: "https://example.org/"}
"""
_FILE = {
    "type": "object",
    "required": ["jobs"],
    "properties": {"jobs": {"type": "array", "items": {"$ref": "#/components/schemas/JobManifest"}}},
    "additionalProperties": False,
}
_YAML_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            YAML: {"schema": _FILE, "example": _EXAMPLE},
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["yaml"],
                    "properties": {"yaml": {"type": "string"}},
                    "additionalProperties": False,
                }
            },
        },
    }
}
_YAML_ANSWER = {"description": "Jobs as YAML", "content": {YAML: {"schema": _FILE, "example": _EXAMPLE}}}


async def _manifest(request: Request) -> str:
    """The YAML text that was sent, as it is or inside of JSON."""
    body = await bodies.read(request, _LARGEST_FILE)
    bodies.require_type(request, *_YAML_TYPES, "application/json")
    if "json" not in bodies.content_type(request):
        return bodies.decoded(body)
    document = bodies.parsed(body)
    if not isinstance(document, dict):
        raise invalid(message="value is not a valid dict", kind="type_error.dict")
    if set(document) != {"yaml"}:
        raise invalid("yaml", message="send the text as yaml, and nothing else", kind="value_error.missing")
    if not isinstance(document["yaml"], str):
        raise invalid("yaml", message="str type expected", kind="type_error.str")
    return document["yaml"]


Manifest = Annotated[str, Depends(_manifest)]


@router.get("/jobs/export", dependencies=_VIEWER, responses={200: _YAML_ANSWER})
def export_jobs(jobs: Jobs) -> Response:
    """Write all jobs as YAML, to be kept in a repository and applied elsewhere. Secrets stay masked."""
    return Response(jobs.export(), media_type=YAML)


@router.post("/jobs/plan", dependencies=_VIEWER, responses=errors(413, 415, 422), openapi_extra=_YAML_BODY)
def plan_jobs(manifest: Manifest, jobs: Jobs) -> PlanOut:
    """Tell what applying this YAML would change."""
    return PlanOut.of(jobs.plan(manifest))


@router.post("/jobs/apply", dependencies=_ADMIN, responses=errors(409, 413, 415, 422), openapi_extra=_YAML_BODY)
def apply_jobs(manifest: Manifest, jobs: Jobs, caller: Caller) -> PlanOut:
    """Make the jobs as this YAML says; doing it twice changes nothing more."""
    return PlanOut.of(jobs.apply(manifest, caller))


@router.get("/jobs/diff", dependencies=_VIEWER)
def list_differences(jobs: Jobs) -> DiffList:
    """List the jobs that people have changed from what their apps' code declares."""
    rows = [JobDiffOut.of(one) for one in jobs.diff()]
    return DiffList(jobs=rows, total=len(rows))


@router.get("/jobs/{job_id}/diff", dependencies=_VIEWER, responses=errors(404))
def get_difference(job_id: JobRef, jobs: Jobs) -> JobDiffOut:
    """Tell in which fields a job differs from what its app's code declares."""
    found = jobs.diff(job_id)
    if found:
        return JobDiffOut.of(found[0])
    job = jobs.get(job_id).job
    return JobDiffOut(slug=job.slug, app=job.app, is_deleted=False, changes={})


@router.post("/jobs/bulk", dependencies=_OPERATOR, responses=errors(413, 415, 422))
def change_many_jobs(document: BulkDocument, jobs: Jobs, caller: Caller) -> BulkOut:
    """Do one thing to many jobs. Each stands for itself: what is refused for one is done for the others."""
    if document.action in _ADMINS_ACTIONS and not caller.role.covers(Role.ADMIN):
        raise Forbidden(f"To {document.action} jobs needs the role admin; yours is {caller.role.value}")
    return BulkOut.of(jobs.bulk(document, caller))
