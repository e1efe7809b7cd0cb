"""Checks a job's arguments against its task's function, and seals the secrets among them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orario.core.errors import Invalid
from orario.core.hygiene import check_json
from orario.core.masking import Masker
from orario.core.secrecy import restore
from orario.core.task import Task
from orario.store.vault import Vault

PLACE = "taskArgs"


@dataclass(frozen=True)
class Arguments:
    """Everything that happens to arguments between a request and the database."""

    vault: Vault
    max_bytes: int

    def checked(self, task: Task, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments as they are stored; where a mask was sent back, `stored` is kept."""
        check_json(sent, (PLACE,), self.max_bytes)
        return self.fitting(task, self.vault.seal(restore(sent, stored, PLACE)))

    def fitting(self, task: Task, sealed: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same arguments, if they fit the function; raises Invalid with the places where they do not."""
        try:
            task.bind(self.vault.open(sealed))
        except Invalid as error:
            raise self._quiet(error, sealed).under(PLACE) from None
        return sealed

    def _quiet(self, error: Invalid, sealed: Mapping[str, Any]) -> Invalid:
        # A type's own check may put the value into its message.
        masker = Masker(self.vault.secrets(sealed))
        return Invalid(*(replace(one, message=masker.text(one.message)) for one in error.problems))
