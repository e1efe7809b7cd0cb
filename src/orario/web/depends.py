"""What a route may ask for: the services, by the names that the rest of the house uses."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from orario.core.clock import Clock as ClockOfRuntime
from orario.service.cluster import Cluster as ClusterService
from orario.service.executions import Executions as ExecutionsService
from orario.service.jobs import Jobs as JobsService
from orario.service.people import People as PeopleService
from orario.service.schedules import Schedules as SchedulesService
from orario.service.secrets import Secrets as SecretsService
from orario.service.services import Services as AllServices
from orario.service.tasks import Tasks as TasksService

# Coroutines on purpose: a plain function would cost each request a thread.


async def services(request: Request) -> AllServices:
    found: AllServices = request.app.state.services
    return found


async def _clock(request: Request) -> ClockOfRuntime:
    clock: ClockOfRuntime = request.app.state.clock
    return clock


async def _jobs(request: Request) -> JobsService:
    return (await services(request)).jobs


async def _executions(request: Request) -> ExecutionsService:
    return (await services(request)).executions


async def _schedules(request: Request) -> SchedulesService:
    return (await services(request)).schedules


async def _cluster(request: Request) -> ClusterService:
    return (await services(request)).cluster


async def _people(request: Request) -> PeopleService:
    return (await services(request)).people


async def _tasks(request: Request) -> TasksService:
    return (await services(request)).tasks


async def _secrets(request: Request) -> SecretsService:
    return (await services(request)).secrets


Services = Annotated[AllServices, Depends(services)]
Jobs = Annotated[JobsService, Depends(_jobs)]
Executions = Annotated[ExecutionsService, Depends(_executions)]
Schedules = Annotated[SchedulesService, Depends(_schedules)]
Cluster = Annotated[ClusterService, Depends(_cluster)]
People = Annotated[PeopleService, Depends(_people)]
Tasks = Annotated[TasksService, Depends(_tasks)]
Secrets = Annotated[SecretsService, Depends(_secrets)]
Clock = Annotated[ClockOfRuntime, Depends(_clock)]
