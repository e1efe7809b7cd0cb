"""The words of the document, and how they map onto Orario's."""

from collections.abc import Mapping
from enum import StrEnum

from orario import State


class JobType(StrEnum):
    """What kind of job a run is of."""

    EXPIRE_SERVERS = "EXPIRE_SERVERS"
    DELETE_SERVERS = "DELETE_SERVERS"
    SEND_EMAILS = "SEND_EMAILS"
    GENERATE_EMAILS = "GENERATE_EMAILS"
    GENERATE_DELETION_EMAILS = "GENERATE_DELETION_EMAILS"
    CHECK_NEW_VERSIONS = "CHECK_NEW_VERSIONS"


class RunStatus(StrEnum):
    """How a run stands."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ServerStatus(StrEnum):
    """What a game server is to these jobs; rows with any other word are left alone."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"


class MailStatus(StrEnum):
    """Where a mail of the queue stands."""

    PENDING = "PENDING"
    SENDING = "SENDING"  # claimed by a run
    SENT = "SENT"
    PARKED = "PARKED"  # given up; a person looks at its last error


class MailKind(StrEnum):
    """Why a mail was written."""

    EXPIRY_7_DAYS = "EXPIRY_7_DAYS"
    EXPIRY_1_DAY = "EXPIRY_1_DAY"
    DELETION_7_DAYS = "DELETION_7_DAYS"
    DELETION_1_DAY = "DELETION_1_DAY"
    NEW_VERSIONS = "NEW_VERSIONS"
    OTHER = "OTHER"


TRIGGERS: Mapping[str, JobType] = {
    "ExpireServers": JobType.EXPIRE_SERVERS,
    "DeleteServers": JobType.DELETE_SERVERS,
    "SendEmails": JobType.SEND_EMAILS,
    "GenerateExpiryEmails": JobType.GENERATE_EMAILS,
    "GenerateDeletionEmails": JobType.GENERATE_DELETION_EMAILS,
}

TYPES: Mapping[str, JobType] = {
    "gamehost.expire_servers": JobType.EXPIRE_SERVERS,
    "gamehost.delete_servers": JobType.DELETE_SERVERS,
    "gamehost.send_emails": JobType.SEND_EMAILS,
    "gamehost.generate_expiry_emails": JobType.GENERATE_EMAILS,
    "gamehost.generate_deletion_emails": JobType.GENERATE_DELETION_EMAILS,
    "gamehost.check_new_versions": JobType.CHECK_NEW_VERSIONS,
}

# Skipped and missed moments are no runs, and what waits for its first attempt is none yet.
STATUSES: Mapping[State, RunStatus] = {
    State.RUNNING: RunStatus.RUNNING,
    State.PENDING: RunStatus.RUNNING,  # between two attempts
    State.SUCCESS: RunStatus.COMPLETED,
    State.FAILED: RunStatus.FAILED,
    State.TIMEOUT: RunStatus.FAILED,
    State.CANCELLED: RunStatus.CANCELLED,
}
