"""All services, put together once."""

from collections.abc import Mapping
from dataclasses import dataclass

from orario.core.clock import Clock
from orario.core.task import Task
from orario.core.vitals import Vitals
from orario.service.cluster import Cluster
from orario.service.copies import Copies
from orario.service.executions import Executions
from orario.service.jobs import Jobs
from orario.service.ledger import Ledger
from orario.service.listing import Listing
from orario.service.news import News
from orario.service.overview import Overview
from orario.service.people import People
from orario.service.readiness import Watcher
from orario.service.retention import Retention
from orario.service.schedules import Schedules
from orario.service.sealing import Sealing
from orario.service.secrets import Secrets
from orario.service.sessions import Sessions
from orario.service.tasks import Tasks
from orario.service.tidying import Tidying
from orario.service.tools import Tools
from orario.service.users import Users
from orario.service.watched import Watched
from orario.settings import Settings
from orario.store.database import Database
from orario.store.vault import Vault
from orario.store.wake import Wake


@dataclass(frozen=True)
class Services:
    """What every face is given; safe from many threads."""

    jobs: Jobs
    executions: Executions
    schedules: Schedules
    cluster: Cluster
    people: People
    users: Users
    sessions: Sessions
    overview: Overview
    listing: Listing
    ledger: Ledger
    tasks: Tasks
    secrets: Secrets
    retention: Retention
    watched: Watched
    news: News
    tidying: Tidying
    sealing: Sealing
    copies: Copies
    database: Database  # for the apps' own tables

    @property
    def tools(self) -> Tools:
        """What the services work with: the vault, the settings, the one way in which anything is changed."""
        return self.jobs.tools

    @classmethod
    def build(
        cls,
        database: Database,
        catalog: Mapping[str, Task],
        clock: Clock,
        wake: Wake,
        settings: Settings,
        vault: Vault,
        vitals: Vitals | None = None,
    ) -> "Services":
        """`catalog` may be empty now, and fills up when the apps are declared."""
        tools = Tools(database, catalog, clock, wake, settings, vault)
        return cls(
            Jobs(tools),
            Executions(tools),
            Schedules(tools),
            Cluster(tools, Watcher(database, vitals or Vitals())),
            People(tools),
            Users(tools),
            Sessions(tools),
            Overview.of(tools),
            Listing(tools),
            Ledger(tools),
            Tasks(tools),
            Secrets(tools),
            Retention(database, clock),
            Watched(tools),
            News(tools),
            Tidying(tools),
            Sealing(vault),
            Copies(settings.database_url, clock),
            database,
        )
