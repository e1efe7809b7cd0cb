"""What differs between Active Directory and other LDAP servers: what things are called there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9;-]{0,99}")
USER_FIELDS = (
    "username", "email", "first_name", "last_name", "display_name", "department", "title", "phone", "employee_number",
)  # fmt: skip
GROUP_FIELDS = ("name", "description", "member")


class Kind(StrEnum):
    """Which it is; AUTO looks at what the server says of itself."""

    AUTO = "auto"
    AD = "ad"
    LDAP = "ldap"


class Tls(StrEnum):
    """How the way to an ldap:// server is guarded."""

    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True)
class Flavour:
    """The names of things. `key` never changes, whatever an entry is called; `stamp` changes with every edit.

    Of several names with commas between, the first that an entry has counts.
    """

    kind: Kind
    key: str
    stamp: str
    users_filter: str
    groups_filter: str
    user_attributes: Mapping[str, str]
    group_attributes: Mapping[str, str]
    state: tuple[str, ...]  # by which an account is disabled
    last_used: tuple[str, ...]


AD = Flavour(
    kind=Kind.AD,
    key="objectGUID",
    stamp="uSNChanged",
    users_filter="(&(objectCategory=person)(objectClass=user))",
    groups_filter="(objectClass=group)",
    user_attributes={
        "username": "sAMAccountName",
        "email": "mail",
        "first_name": "givenName",
        "last_name": "sn",
        "display_name": "displayName,cn",
        "department": "department",
        "title": "title",
        "phone": "telephoneNumber",
        "employee_number": "employeeID,employeeNumber",
    },
    group_attributes={"name": "sAMAccountName,cn", "description": "description", "member": "member"},
    state=("userAccountControl",),
    last_used=("lastLogonTimestamp",),
)

LDAP = Flavour(
    kind=Kind.LDAP,
    key="entryUUID",
    stamp="entryCSN,modifyTimestamp",
    users_filter="(objectClass=inetOrgPerson)",
    groups_filter="(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))",
    user_attributes={
        "username": "uid",
        "email": "mail",
        "first_name": "givenName",
        "last_name": "sn",
        "display_name": "displayName,cn",
        "department": "departmentNumber,ou",
        "title": "title",
        "phone": "telephoneNumber",
        "employee_number": "employeeNumber",
    },
    group_attributes={"name": "cn", "description": "description", "member": "member,uniqueMember"},
    state=("pwdAccountLockedTime", "nsAccountLock"),
    last_used=("pwdLastSuccess", "authTimestamp"),
)
