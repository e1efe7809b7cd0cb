"""How notices look on the dashboard: the word, colour and sign of their states, what they tell of in words."""

from dataclasses import dataclass

from orario.apps.notify.words import Kind, Severity, Status


@dataclass(frozen=True)
class Look:
    """As `ui.badge` wants it."""

    label: str
    tone: str
    icon: str


STATUSES = {
    Status.SENT: Look("sent", "good", "check"),
    Status.WAITING: Look("being sent", "busy", "spinner"),
    Status.HELD: Look("held back", "warn", "hourglass"),
    Status.SUPPRESSED: Look("not told", "calm", "slash"),
    Status.FAILED: Look("not delivered", "bad", "cross"),
}
SEVERITIES = {
    Severity.INFO: Look("info", "calm", "dot"),
    Severity.WARNING: Look("warning", "warn", "alert"),
    Severity.ERROR: Look("error", "bad", "alert"),
    Severity.CRITICAL: Look("critical", "deep", "bolt"),
}
KINDS = {
    Kind.FAILURE: "failure",
    Kind.RECOVERY: "recovery",
    Kind.TIMEOUT: "time-out",
    Kind.MISSED: "missed run",
    Kind.LATE_START: "late start",
    Kind.LATE_FINISH: "late end",
    Kind.OVERLAP: "overlap",
    Kind.SLOW: "unusual slowness",
    Kind.MEMORY: "memory",
    Kind.CPU: "processor time",
    Kind.BROKEN: "broken job",
    Kind.INSTANCE_LOST: "lost instance",
    Kind.CLOCK_STEP: "clock set",
    Kind.MESSAGE: "messages of apps",
    Kind.ALARM: "alarm",
    Kind.DIGEST: "digest",
    Kind.TEST: "test",
}
# What can be told of one job; the rest is about the house.
OF_JOBS = (
    *(Kind.FAILURE, Kind.TIMEOUT, Kind.RECOVERY, Kind.MISSED, Kind.LATE_START, Kind.LATE_FINISH),
    *(Kind.SLOW, Kind.OVERLAP, Kind.BROKEN, Kind.MESSAGE),
)
OF_HOUSE = (Kind.INSTANCE_LOST, Kind.CLOCK_STEP, Kind.MEMORY, Kind.CPU)
