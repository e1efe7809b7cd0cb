"""What tests ask of an Orario that follows a directory."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from orario import Execution, State
from orario.apps.directory.tables import changes, groups, members, users
from orario.service.documents import JobDocument
from orario.testing import TESTER, Harness


@dataclass
class House:
    """One Orario."""

    harness: Harness

    def run(self, job: str, **args: Any) -> Execution:
        """Run a job now, whatever comes of it."""
        return self.harness.trigger(job, **args)

    def synced(self, job: str = "domain-user-sync", **args: Any) -> Mapping[str, Any]:
        """Run a job that ends well; its result."""
        ended = self.run(job, **args)
        assert ended.state is State.SUCCESS, ended.error_message
        assert isinstance(ended.result, dict)
        return ended.result

    def refused(self, job: str = "domain-user-sync", **args: Any) -> str:
        """Run a job that fails; why."""
        ended = self.run(job, **args)
        assert ended.error_message, ended
        return ended.error_message

    def add_job(self, task: str) -> str:
        """A job of a task that has none, run only when asked; its slug."""
        services = self.harness.services
        number = services.tasks.get(task).id
        wanted = {"name": task, "taskFunctionId": number, "jobTypeId": 4, "scheduleConfig": {}}
        slug: str = services.jobs.create(JobDocument.model_validate(wanted), TESTER).job.slug
        return slug

    def users(self) -> dict[str, Mapping[str, Any]]:
        """The rows, by name."""
        with self.harness.runtime.database.reading() as connection:
            return {row["username"]: dict(row) for row in connection.execute(select(users)).mappings()}

    def groups(self) -> dict[str, tuple[bool, set[str]]]:
        """Whether each group is active, and the names of those members who are known."""
        who = select(groups.c.name, groups.c.is_active, users.c.username)
        who = who.outerjoin(members, members.c.group_id == groups.c.id)
        who = who.outerjoin(users, users.c.dn_key == members.c.dn_key)
        found: dict[str, tuple[bool, set[str]]] = {}
        with self.harness.runtime.database.reading() as connection:
            for name, is_active, member in connection.execute(who):
                found.setdefault(name, (is_active, set()))[1].update(filter(None, [member]))
        return found

    def told(self) -> Counter[str]:
        """How many changes of each kind were noted."""
        with self.harness.runtime.database.reading() as connection:
            return Counter(connection.scalars(select(changes.c.action)))

    def lines(self, execution: Execution) -> str:
        """What an execution has logged."""
        found = self.harness.services.executions.logs(execution.id)
        return "\n".join(f"{line.level} {line.message} {line.details}" for line in found)


def done(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a sync did, of all that it tells."""
    return {name: value for name, value in result.items() if name in _DONE and value}


_DONE = ("created", "updated", "enabled", "disabled", "failed", "read")
