"""How states and the like look: one table of labels, tones and icons, for every page."""

from collections.abc import Mapping
from typing import NamedTuple

from orario.core.execution import Execution, Level, State, Trigger
from orario.core.job import Cursor, Job
from orario.dashboard.moments import length
from orario.service.overview import Brief


class Look(NamedTuple):
    """A word, its colour, its sign."""

    label: str
    tone: str  # good, bad, warn, busy, calm, deep
    icon: str


STATES: Mapping[State, Look] = {
    State.PENDING: Look("pending", "calm", "clock"),
    State.RUNNING: Look("running", "busy", "spinner"),
    State.SUCCESS: Look("success", "good", "check"),
    State.FAILED: Look("failed", "bad", "cross"),
    State.TIMEOUT: Look("timeout", "bad", "hourglass"),
    State.CANCELLED: Look("cancelled", "calm", "slash"),
    State.SKIPPED: Look("skipped", "warn", "skip"),
    State.MISSED: Look("missed", "warn", "alert"),
}
_RETRYING = Look("retrying", "warn", "refresh")

LEVELS: Mapping[Level, Look] = {
    Level.TRACE: Look("TRACE", "calm", "dot"),
    Level.INFO: Look("INFO", "busy", "dot"),
    Level.WARN: Look("WARN", "warn", "alert"),
    Level.ERROR: Look("ERROR", "bad", "cross"),
    Level.FATAL: Look("FATAL", "deep", "cross"),
}

TRIGGERS: Mapping[Trigger, str] = {
    Trigger.SCHEDULER: "by schedule",
    Trigger.MANUAL: "by hand",
    Trigger.RERUN: "run again",
    Trigger.BACKFILL: "backfill",
}

_DISABLED = Look("disabled", "calm", "slash")
_PAUSED = Look("paused", "warn", "pause")
_BROKEN = Look("broken", "bad", "alert")
_FAILING = Look("failing", "bad", "cross")
_IDLE = Look("idle", "good", "check")
_BUSY = STATES[State.RUNNING]

# Jobs that tell by their name what they do get a sign of it, those of the five documents first.
_KINDS = (
    (("delet", "clean", "prun", "purge", "remov"), "trash"),
    (("generat", "creat", "report", "export"), "file-plus"),
    (("mail", "letter", "notif"), "mail"),
    (("alert", "warn", "deletion"), "alert"),
    (("version", "sync", "refresh", "update", "check_new"), "refresh"),
    (("backup", "archive"), "backups"),
    (("health", "monitor", "ping", "probe"), "health"),
    (("http", "url", "web"), "globe"),
    (("shell", "command"), "terminal"),
)


def look_of(execution: Execution | Brief) -> Look:
    """How an execution looks: one that waits for its next attempt is being retried."""
    if execution.state is State.PENDING and execution.attempt > 0:
        return _RETRYING
    return STATES[execution.state]


def look_of_job(job: Job, cursor: Cursor, running: int) -> Look:
    """How a job stands, in a word: what keeps it from running comes first."""
    if job.broken is not None:
        return _BROKEN
    if not job.is_enabled:
        return _DISABLED
    if job.pause is not None:
        return _PAUSED
    if running:
        return _BUSY
    return _FAILING if cursor.failures_in_row else _IDLE


_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
)


def browser_of(agent: str | None) -> str:
    """`Firefox on Linux`, as far as a browser tells."""
    if not agent:
        return "unknown"
    browser = next((name for sign, name in _BROWSERS if sign in agent), agent.split("/")[0][:40])
    system = next((name for sign, name in (*_SYSTEMS, ("Linux", "Linux")) if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def outcome_of(execution: Execution) -> tuple[str, str]:
    """How an execution ended, in a sentence, and whether that is good or bad."""
    name, progress = execution.job_name, execution.progress
    if not execution.state.is_final:
        return f"{name} is still {look_of(execution).label}.", "plain"
    if execution.state is State.SUCCESS:
        counted = f", {progress.processed:,} of {progress.total:,} processed" if progress.total else ""
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        return f"{name} succeeded in {length(execution.duration_seconds)}{counted}{failed}.", "good"
    why = execution.error_message or execution.reason
    return f"{name}: {execution.state.value}{f', {why}' if why else ''}", "bad"


def icon_of_job(slug: str, task: str) -> str:
    """The sign of what a job does."""
    if "deletion" in slug.lower() and "generate" in slug.lower():
        return "alert"
    for text in (slug.lower(), task.lower()):
        for words, icon in _KINDS:
            if any(word in text for word in words):
                return icon
    return "clock"
