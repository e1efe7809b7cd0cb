"""People who sign in: made, changed, let in and kept out by administrators."""

from typing import Annotated

from fastapi import Path
from starlette.requests import Request

from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.users import LinkOut, SignedOut, UserChanges, UserDocument, UserList, UserOut
from orario.service.people import Role
from orario.web.access import Caller, require
from orario.web.depends import Services

router = NativeRouter(tags=["people"], responses=ALWAYS, dependencies=[require(Role.ADMIN)])

UserRef = Annotated[str, Path(description="The user's id or name.")]


@router.get("/users")
def list_users(services: Services) -> UserList:
    """List the people who may sign in to the dashboard, by name."""
    rows = [UserOut.of(one) for one in services.users.everybody()]
    return UserList(users=rows, total=len(rows))


@router.post("/users", status_code=201, responses=errors(409, 413, 415, 422))
def create_user(document: UserDocument, services: Services, caller: Caller) -> UserOut:
    """Create a user. Without a password a link lets them in first."""
    return UserOut.of(services.users.create(document.name, document.role, caller, document.password))


@router.patch("/users/{user_id}", responses=errors(404, 409, 413, 415, 422))
def change_user(user_id: UserRef, changes: UserChanges, services: Services, caller: Caller) -> UserOut:
    """Change what is sent of a user. The last administrator stays one."""
    changed = services.users.change(
        user_id, caller, role=changes.role, is_blocked=changes.is_blocked, password=changes.password
    )
    if changes.timezone is not None:
        services.users.set_timezone(changed.id, changes.timezone)
        changed = services.users.get(str(changed.id))
    return UserOut.of(changed)


@router.delete("/users/{user_id}", status_code=204, responses=errors(404, 409))
def delete_user(user_id: UserRef, services: Services, caller: Caller) -> None:
    """Delete a user; what they did stays in the audit trail."""
    services.users.remove(user_id, caller)


@router.post("/users/{user_id}/link", status_code=201, responses=errors(404, 409))
def create_link(user_id: UserRef, request: Request, services: Services, caller: Caller) -> LinkOut:
    """Create a link that lets a user in once, for a quarter of an hour. It is in this answer and nowhere else."""
    key, until = services.users.link(user_id, caller)
    root = request.scope.get("root_path", "")
    return LinkOut(path=f"{root}/sign-in/once?key={key}", expires_at=until)


@router.delete("/users/{user_id}/sessions", responses=errors(404))
def sign_out_user(user_id: UserRef, services: Services, caller: Caller) -> SignedOut:
    """End a user's sessions, everywhere and at once."""
    user = services.users.get(user_id)
    return SignedOut(sessions=services.sessions.sign_out_everywhere(user.id, caller))
