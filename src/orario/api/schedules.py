"""Schedules that need not belong to a job: previews, and calendars."""

from typing import Annotated

from fastapi import Path

from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.schedules import CalendarDocument, CalendarList, CalendarOut, PreviewOut
from orario.core.errors import Invalid, NotFound
from orario.service.documents import SchedulePreviewDocument
from orario.service.people import Role
from orario.web.access import Caller, require
from orario.web.depends import Schedules

router = NativeRouter(tags=["schedules"], responses=ALWAYS)

_ADMIN = [require(Role.ADMIN)]
_VIEWER = [require(Role.VIEWER)]

Name = Annotated[str, Path(description="The calendar's name.")]


@router.post("/schedules/preview", dependencies=_VIEWER, responses=errors(413, 415, 422))
def preview_schedule(document: SchedulePreviewDocument, schedules: Schedules) -> PreviewOut:
    """Say a schedule in words, and when it would fire; what is wrong with it is answered as on creating a job."""
    found = schedules.preview(document)
    if found.problems:
        raise Invalid(*found.problems)
    return PreviewOut.of(found)


@router.get("/calendars", dependencies=_VIEWER)
def list_calendars(schedules: Schedules) -> CalendarList:
    """List the calendars, by name."""
    rows = [CalendarOut.of(one) for one in schedules.calendars()]
    return CalendarList(calendars=rows, total=len(rows))


@router.get("/calendars/{name}", dependencies=_VIEWER, responses=errors(404))
def get_calendar(name: Name, schedules: Schedules) -> CalendarOut:
    """Read one calendar."""
    for one in schedules.calendars():
        if one.name == name:
            return CalendarOut.of(one)
    raise NotFound("There is no such calendar")


@router.put("/calendars/{name}", dependencies=_ADMIN, responses=errors(413, 415, 422))
def put_calendar(name: Name, document: CalendarDocument, schedules: Schedules, caller: Caller) -> CalendarOut:
    """Write a calendar, new or not. The jobs that leave its dates out follow at once."""
    return CalendarOut.of(schedules.put_calendar(name, document.description, document.dates, caller))


@router.delete("/calendars/{name}", dependencies=_ADMIN, status_code=204, responses=errors(404, 409))
def delete_calendar(name: Name, schedules: Schedules, caller: Caller) -> None:
    """Delete a calendar that no job names."""
    schedules.delete_calendar(name, caller)
