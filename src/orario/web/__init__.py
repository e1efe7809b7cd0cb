"""What the routes of an app may use: routers that ask first, who is calling, the services, errors as answers."""

from orario.service.executions import ExecutionFilter
from orario.service.jobs import JobFilter
from orario.service.people import Actor, Role
from orario.service.watched import Ping, Signal
from orario.web.access import Access, Caller, HasRole, Public, authenticated, public, require
from orario.web.bodies import LARGEST as LARGEST_BODY
from orario.web.depends import Clock, Cluster, Executions, Jobs, People, Schedules, Services, Tasks
from orario.web.live import Bell, finished
from orario.web.loopback import OpenOnLoopback, is_bound_to_loopback, open_on_loopback, refuse_foreigners
from orario.web.problems import problem
from orario.web.routing import Route, Router

__all__ = [
    "LARGEST_BODY",
    "Access",
    "Actor",
    "Bell",
    "Caller",
    "Clock",
    "Cluster",
    "ExecutionFilter",
    "Executions",
    "HasRole",
    "JobFilter",
    "Jobs",
    "OpenOnLoopback",
    "People",
    "Ping",
    "Public",
    "Role",
    "Route",
    "Router",
    "Schedules",
    "Services",
    "Signal",
    "Tasks",
    "authenticated",
    "finished",
    "is_bound_to_loopback",
    "open_on_loopback",
    "problem",
    "public",
    "refuse_foreigners",
    "require",
]
