"""Task functions and job types."""

from typing import Annotated

from fastapi import Path, Query

from orario.api.queries import PageNumber, PerPage, YesNo, flag
from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.tasks import JOB_TYPES, JobTypeOut, TaskFunctionList, TaskFunctionOut
from orario.service.people import Role
from orario.web.access import require
from orario.web.depends import Tasks

router = NativeRouter(tags=["task functions"], responses=ALWAYS, dependencies=[require(Role.VIEWER)])


@router.get("/task-functions", responses=errors(422))
def list_task_functions(
    tasks: Tasks,
    is_active: Annotated[YesNo | None, Query(description="Filter by active status.")] = None,
    page: PageNumber = 1,
    per_page: PerPage = 50,
) -> TaskFunctionList:
    """List the functions that jobs may name."""
    found = tasks.find(flag(is_active), page, per_page)
    rows = [TaskFunctionOut.of(one) for one in found.items]
    return TaskFunctionList(task_functions=rows, total=found.total, page=page, per_page=per_page)


@router.get("/task-functions/{task_function_id}", responses=errors(404))
def get_task_function(
    task_function_id: Annotated[str, Path(description="Its id or its name.")], tasks: Tasks
) -> TaskFunctionOut:
    """Read one function, with the JSON schema of its arguments."""
    number = task_function_id.isascii() and task_function_id.isdigit() and len(task_function_id) < 19
    return TaskFunctionOut.of(tasks.get(int(task_function_id) if number else task_function_id))


@router.get("/job-types")
async def list_job_types() -> list[JobTypeOut]:
    """List the forms of schedule."""
    return JOB_TYPES
