"""Named secrets, which jobs' arguments refer to."""

from typing import Annotated

from fastapi import Path, Query

from orario.api.queries import PageNumber, PerPage, YesNo, flag
from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.secrets import RotationOut, SecretList, SecretOut
from orario.service.people import Role
from orario.service.secrets import SecretDocument
from orario.web.access import Caller, require
from orario.web.depends import Secrets

router = NativeRouter(tags=["secrets"], responses=ALWAYS, dependencies=[require(Role.ADMIN)])

Name = Annotated[str, Path(description="The secret's name.")]


@router.get("/secrets", responses=errors(422))
def list_secrets(secrets: Secrets, page: PageNumber = 1, per_page: PerPage = 50) -> SecretList:
    """List the secrets by name, and which jobs refer to them. Their values are shown to nobody."""
    found = secrets.find(page, per_page)
    rows = [SecretOut.of(one) for one in found.items]
    return SecretList(secrets=rows, total=found.total, page=page, per_page=per_page)


@router.post("/secrets/rotate")
def rotate_secrets(secrets: Secrets, caller: Caller) -> RotationOut:
    """Encrypt all that is stored encrypted with the first key of `ORARIO_KEY`. The others may then be taken away."""
    return RotationOut.of(secrets.rotate(caller))


@router.get("/secrets/{name}", responses=errors(404))
def get_secret(name: Name, secrets: Secrets) -> SecretOut:
    """Read what may be known of a secret, which its value is not."""
    return SecretOut.of(secrets.get(name))


@router.put("/secrets/{name}", responses=errors(409, 413, 415, 422))
def put_secret(name: Name, document: SecretDocument, secrets: Secrets, caller: Caller) -> SecretOut:
    """Set a secret, new or not. The next attempt of each job that refers to it gets the new value."""
    return SecretOut.of(secrets.put(name, document, caller))


@router.delete("/secrets/{name}", status_code=204, responses=errors(404, 409, 422))
def delete_secret(
    name: Name,
    secrets: Secrets,
    caller: Caller,
    force: Annotated[YesNo, Query(description="Also while jobs refer to it; their attempts then fail.")] = "false",
) -> None:
    """Delete a secret to which no job refers."""
    secrets.delete(name, caller, force=bool(flag(force)))
