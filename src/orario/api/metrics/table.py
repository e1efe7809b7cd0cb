"""Every metric, with its kind, its labels and one sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """As Prometheus knows them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"  # a count and a sum
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table. `name` is as it is asked for in Prometheus, `_total` included."""

    name: str
    kind: Kind
    sentence: str
    labels: tuple[str, ...] = ()


def _counter(name: str, sentence: str, *labels: str) -> Metric:
    return Metric(f"orario_{name}_total", Kind.COUNTER, sentence, labels)


def _gauge(name: str, sentence: str, *labels: str) -> Metric:
    return Metric(f"orario_{name}", Kind.GAUGE, sentence, labels)


DUE = _counter("due_moments", "Due moments of schedules that were to run.")
OPENED = _counter("executions_opened", "Due moments that became executions.")
GAPS = _counter(
    "gap_moments",
    "Due moments that ticks did not make executions, by reason; those that an edit or the end of a pause passed over "
    "stand in the job's ledger alone.",
    "reason",
)
STARTED = _counter(
    "executions_started", "Executions that started for the first time, by what triggered them.", "trigger"
)
FINISHED = _counter(
    "executions_finished", "Executions that ended after a start, by task and outcome.", "task", "outcome"
)
REFUSED = _counter("executions_turned_away", "Executions that ended without a start: skipped or missed.", "outcome")
ATTEMPTS = _counter(
    "attempts", "Attempts that ended, by task and by how; `lost`: their carrier died.", "task", "ending"
)
RETRIES = _counter("retries", "Attempts that started after an earlier one of the same execution.")
REPORTS = _counter("reports_refused", "Reports of attempts that belonged to somebody else by then.")
NOTICES = _counter("notices", "Notices, by what became of them: sent (`success`) or given up.", "outcome")
ALARMS = _counter("alarms", "Alarms that the watchdog has raised, by kind.", "kind")
JOB_FINISHED = _counter(
    "job_executions_finished",
    "As orario_executions_finished_total, by job; only with ORARIO_METRICS_PER_JOB.",
    "job",
    "outcome",
)

LAG = Metric("orario_start_lag_seconds", Kind.HISTOGRAM, "From a due moment to the start of its execution.")
DURATION = Metric("orario_attempt_duration_seconds", Kind.HISTOGRAM, "How long attempts took, by task.", ("task",))
JOB_DURATION = Metric(
    "orario_job_attempt_duration_seconds",
    Kind.SUMMARY,
    "How long attempts took, by job; only with ORARIO_METRICS_PER_JOB.",
    ("job",),
)

PENDING = _gauge(
    "queue_pending", "Executions that wait, by queue; a line longer than 100,000 is counted so far.", "queue"
)
RUNNING = _gauge("queue_running", "Executions that run, on all instances, by queue.", "queue")
HANDED_OVER = _gauge(
    "queue_handed_over", "Executions that were handed to Celery and that no worker has taken, by queue.", "queue"
)
OLDEST = _gauge("queue_oldest_wait_seconds", "How long the first in a queue has waited since it was due.", "queue")
OVERDUE = _gauge("overdue_seconds", "How long the oldest due moment has waited for a tick; 0 when all is well.")
BROKEN = _gauge("jobs_broken", "Jobs that cannot run until somebody mends them.")
INSTANCES = _gauge("instances", "Instances that are not known to be gone.")
LEADER = _gauge("leader", "1 on the instance that leads, 0 on those that stand by.")
TERM = _gauge("lease_term", "The term of the lease to lead; it grows when the lead passes on.")
LEASE_AGE = _gauge("lease_age_seconds", "How long the present leader has led; 0 while nobody does.")
TICK_AGE = _gauge("last_tick_age_seconds", "Time since any instance looked at what is due.")
BEAT_AGE = _gauge("heartbeat_age_seconds", "Time since the last heartbeat of this instance.")
RINGING = _gauge("alarm_active", "1 for every alarm of the watchdog that rings now, by kind.", "kind")
SIZE = _gauge("database_size_bytes", "Room that the database takes, by part.", "part")
UP = _gauge("database_up", "1 when the database answered this scrape in time; without it, what it knows is left out.")
BUILD = Metric("orario_build_info", Kind.INFO, "What runs here.", ("version", "python", "database"))

PROCESS = (
    _counter("process_cpu_seconds", "Processor time that this process took."),
    _gauge("process_resident_memory_bytes", "Memory of this process that is in RAM."),
    _gauge("process_virtual_memory_bytes", "Address space of this process."),
    _gauge("process_start_time_seconds", "When this process started, in Unix time."),
    _gauge("process_open_fds", "Files and sockets that this process holds open."),
    _gauge("process_max_fds", "How many it may."),
)

METRICS = (
    *(DUE, OPENED, GAPS, STARTED, FINISHED, REFUSED, ATTEMPTS, RETRIES, REPORTS, LAG, DURATION),
    *(PENDING, RUNNING, HANDED_OVER, OLDEST, OVERDUE, BROKEN),
    *(LEADER, TERM, LEASE_AGE, TICK_AGE, BEAT_AGE, INSTANCES, ALARMS, RINGING, NOTICES),
    *(SIZE, UP, BUILD, JOB_FINISHED, JOB_DURATION),
    *PROCESS,
)
