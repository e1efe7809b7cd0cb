"""The words of the agent's tables: how sessions, messages, reservations and mails stand."""

from enum import StrEnum


class SessionStatus(StrEnum):
    """How a conversation stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    INACTIVE = "inactive"  # nobody has said anything for a while
    ABANDONED = "abandoned"  # nor for a long while
    ERROR = "error"


class MessageStatus(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    PROCESSING = "processing"  # somebody has taken it, at `taken_at`
    PROCESSED = "processed"
    FAILED = "failed"  # given up


class ReservationStatus(StrEnum):
    """Whether the guest comes."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class MailStatus(StrEnum):
    """What became of a mail."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"  # for good, by the mail server
    DROPPED = "dropped"  # too late, or not wanted any more
