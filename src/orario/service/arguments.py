"""Checks a job's arguments against its task's function, and seals the secrets among them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orario.core.errors import Forbidden, Invalid, Problem, invalid
from orario.core.hygiene import check_json
from orario.core.masking import Masker
from orario.core.references import Place, check_references, names_in, references_in
from orario.core.secrecy import holds_mask, restore
from orario.core.task import Task
from orario.service.actors import Actor, Role
from orario.store.vault import Vault

log = logging.getLogger("orario")

PLACE = "taskArgs"


@dataclass(frozen=True)
class Arguments:
    """Everything that happens to arguments between a request and the database."""

    vault: Vault
    max_bytes: int

    def checked(self, task: Task, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments as they are stored; where a mask was sent back, `stored` is kept."""
        return self.fitting(task, self._sealed(task, sent, stored))

    def of_run(
        self, task: Task, sent: Mapping[str, Any], stored: Mapping[str, Any], actor: Actor
    ) -> Mapping[str, Any]:
        """The arguments of a single run.

        Raises Forbidden when they name secrets, or keep hidden values beside other arguments than the job's own, and
        the actor is no admin: either would carry a secret to where its owner never sent it.
        """
        sealed = self.checked(task, sent, stored)
        if sealed == stored or actor.role.covers(Role.ADMIN):
            return sealed
        if names_in(sealed):
            raise Forbidden(f"To name secrets in arguments needs the role admin; yours is {actor.role.value}")
        if holds_mask(sent):
            raise Forbidden(
                "To change arguments beside hidden values needs the role admin, or the values themselves; "
                f"yours is {actor.role.value}"
            )
        return sealed

    def declared(self, task: Task, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments that code declares: the secrets they name may come later, or nothing could start."""
        sealed = self._sealed(task, sent, {})
        if missing := self._missing(sealed):
            log.warning(
                "%s: there is no secret named %s yet; `orario secrets set` makes it", task.name, missing[0][1]
            )
            return sealed
        return self.fitting(task, sealed)

    def fitting(self, task: Task, sealed: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same arguments, if they fit the function; raises Invalid with the places where they do not."""
        if missing := self._missing(sealed):
            raise Invalid(*(Problem(place, f"there is no secret named {name}") for place, name in missing))
        unlocked = self.vault.unlock(sealed)
        try:
            task.bind(unlocked.args)
        except Invalid as error:
            raise _quiet(error, unlocked.secrets).under(PLACE) from None
        return sealed

    def _sealed(self, task: Task, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> Mapping[str, Any]:
        check_json(sent, (PLACE,), self.max_bytes)
        check_references(sent, PLACE)
        for name, why in task.exposed.items():
            if names_in(sent.get(name)):
                raise invalid(PLACE, name, message=f"no secret can be put in here: {why}")
        sealed: Mapping[str, Any] = self.vault.seal(restore(sent, stored, PLACE))
        return sealed

    def _missing(self, sealed: Mapping[str, Any]) -> list[tuple[Place, str]]:
        found = list(references_in(self.vault.open(sealed), PLACE))
        known = self.vault.named({name for _, name in found}) if found else {}
        return [(place, name) for place, name in found if name not in known]


def _quiet(error: Invalid, secrets: list[str]) -> Invalid:
    # A type's own check may put the value into its message.
    masker = Masker(secrets)
    return Invalid(*(replace(one, message=masker.text(one.message)) for one in error.problems))
