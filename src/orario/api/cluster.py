"""The whole scheduler: its status, its figures, its queues."""

from datetime import timedelta
from typing import Annotated

from fastapi import Path, Query

from orario.api.queries import Since
from orario.api.routing import NativeRouter
from orario.api.schemas.cluster import QueueDocument, QueueList, QueueOut, StatsOut, StatusOut
from orario.api.schemas.errors import ALWAYS, errors
from orario.service.people import Role
from orario.web.access import Caller, require
from orario.web.depends import Clock, Cluster, Executions

router = NativeRouter(tags=["scheduler"], responses=ALWAYS)

_ADMIN = [require(Role.ADMIN)]
_VIEWER = [require(Role.VIEWER)]
_A_DAY = timedelta(days=1)


@router.get("/status", dependencies=_VIEWER)
def get_status(cluster: Cluster) -> StatusOut:
    """Tell who leads, who lives, how many jobs there are and which is next."""
    return StatusOut.of(cluster.status())


@router.get("/stats", dependencies=_VIEWER, responses=errors(422))
def get_stats(
    executions: Executions,
    clock: Clock,
    since: Annotated[Since | None, Query(description="Count from this moment; by default the last day.")] = None,
) -> StatsOut:
    """Tell how many executions ended in which way, and how long they took."""
    return StatsOut.of(executions.stats(since or clock.now() - _A_DAY))


@router.get("/queues", dependencies=_VIEWER)
def list_queues(cluster: Cluster) -> QueueList:
    """List the queues: how wide each is, what runs and waits in it."""
    rows = [QueueOut.of(one) for one in cluster.queues()]
    return QueueList(queues=rows, total=len(rows))


@router.put("/queues/{name}", dependencies=_ADMIN, responses=errors(404, 413, 415, 422))
def set_queue(
    name: Annotated[str, Path(description="The queue's name; one that is new is made.")],
    document: QueueDocument,
    cluster: Cluster,
    caller: Caller,
) -> QueueOut:
    """Set how many executions of a queue run at once over all instances and who carries them, or pause it.

    What is left out stays.
    """
    return QueueOut.of(
        cluster.set_queue(
            name, caller, width=document.width, executor=document.executor, is_paused=document.is_paused
        )
    )
