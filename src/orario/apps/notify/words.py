"""The words of notices: what is told, how grave it is, and what became of it."""

from enum import StrEnum


class Kind(StrEnum):
    """What a notice tells of."""

    FAILURE = "failure"
    RECOVERY = "recovery"
    TIMEOUT = "timeout"
    MISSED = "missed"
    LATE_START = "late_start"
    LATE_FINISH = "late_finish"
    OVERLAP = "overlap"
    SLOW = "slow"
    MEMORY = "memory"
    CPU = "cpu"
    BROKEN = "broken"
    INSTANCE_LOST = "instance_lost"
    CLOCK_STEP = "clock_step"
    MESSAGE = "message"  # in the words of an app
    ALARM = "alarm"  # the ledger itself is in trouble; sent past it
    DIGEST = "digest"  # several notices in one message
    TEST = "test"


class Severity(StrEnum):
    """How grave it is, the mildest first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    def covers(self, other: "Severity") -> bool:
        """Whether this is at least as grave."""
        order = list(Severity)
        return order.index(self) >= order.index(other)


class Status(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"  # its execution is open
    HELD = "held"  # for quiet hours, a digest or a cap
    SENT = "sent"
    SUPPRESSED = "suppressed"  # a blackout calendar
    FAILED = "failed"  # the channel refused it to the last attempt


RULED = tuple(kind for kind in Kind if kind not in (Kind.ALARM, Kind.DIGEST, Kind.TEST))

SEVERITIES = {
    Kind.FAILURE: Severity.ERROR,
    Kind.RECOVERY: Severity.INFO,
    Kind.TIMEOUT: Severity.ERROR,
    Kind.MISSED: Severity.ERROR,
    Kind.LATE_START: Severity.WARNING,
    Kind.LATE_FINISH: Severity.WARNING,
    Kind.OVERLAP: Severity.WARNING,
    Kind.SLOW: Severity.WARNING,
    Kind.MEMORY: Severity.WARNING,
    Kind.CPU: Severity.WARNING,
    Kind.BROKEN: Severity.ERROR,
    Kind.INSTANCE_LOST: Severity.CRITICAL,
    Kind.CLOCK_STEP: Severity.WARNING,
    Kind.MESSAGE: Severity.WARNING,  # unless the app says otherwise
    Kind.ALARM: Severity.CRITICAL,
    Kind.DIGEST: Severity.INFO,
    Kind.TEST: Severity.INFO,
}
