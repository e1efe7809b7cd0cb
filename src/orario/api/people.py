"""Tokens, and who changed what."""

from typing import Annotated

from fastapi import Path, Query

from orario.api.queries import PageNumber, PerPage, Text
from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.people import AuditList, AuditOut, TokenCreated, TokenDocument, TokenList, TokenOut
from orario.service.people import Role
from orario.web.access import Caller, require
from orario.web.depends import People

router = NativeRouter(tags=["people"], responses=ALWAYS, dependencies=[require(Role.ADMIN)])


@router.get("/tokens")
def list_tokens(people: People) -> TokenList:
    """List the tokens, the newest first, revoked ones too; the tokens themselves are known to nobody."""
    rows = [TokenOut.of(one) for one in people.tokens()]
    return TokenList(tokens=rows, total=len(rows))


@router.post("/tokens", status_code=201, responses=errors(413, 415, 422))
def create_token(document: TokenDocument, people: People, caller: Caller) -> TokenCreated:
    """Create a token. It is in this answer and nowhere else."""
    view, text = people.create_token(document.name, document.role, caller, document.expires_at)
    return TokenCreated(token=text, **TokenOut.of(view).model_dump(by_alias=False))


@router.delete("/tokens/{token_id}", status_code=204, responses=errors(404, 409, 422))
def revoke_token(
    token_id: Annotated[str, Path(description="The token's id or name.")], people: People, caller: Caller
) -> None:
    """Revoke a token at once."""
    people.revoke(_id(people, token_id), caller)


@router.get("/audit", responses=errors(422))
def list_audit(
    people: People,
    subject_id: Annotated[Text | None, Query(description="Only changes of the thing with this id.")] = None,
    page: PageNumber = 1,
    per_page: PerPage = 50,
) -> AuditList:
    """List who changed what, the newest first. Secrets are masked."""
    found = people.audit(subject_id or None, page, per_page)
    rows = [AuditOut.of(one) for one in found.items]
    return AuditList(audit=rows, total=found.total, page=page, per_page=per_page)


def _id(people: People, ref: str) -> str:
    """The id of the token that is meant: a name is enough where one valid token has it."""
    named = [view for view in people.tokens() if view.name == ref and view.revoked_at is None]
    return str(named[0].id) if len(named) == 1 else ref
