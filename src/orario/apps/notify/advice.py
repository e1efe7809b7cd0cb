"""What to do next: a sentence for each kind of notice, and the commands to type."""

from collections.abc import Mapping
from typing import Any

from orario.apps.notify.words import Kind

_SENTENCES = {
    Kind.FAILURE: "Read its log; when the cause is mended, run it again.",
    Kind.TIMEOUT: "See how far it came. If it rightly takes so long, give it more time; then run it again.",
    Kind.RECOVERY: "Nothing: this only closes what you were told before.",
    Kind.MISSED: "Ask why, then run by hand what was missed, if it is still wanted.",
    Kind.LATE_START: "See what holds its place: a full queue, its own limit, or an instance that is away.",
    Kind.LATE_FINISH: "It still runs. See how far it is; stop it if it hangs.",
    Kind.SLOW: "It still runs. See how far it is; stop it if it hangs.",
    Kind.OVERLAP: "The run before has not ended. See what takes so long, or let it run less often.",
    Kind.MEMORY: "See what runs there; a restart frees the memory, and what was running is retried by its policy.",
    Kind.CPU: "See what runs there; work that computes belongs in a process (process=True).",
    Kind.BROKEN: "It will not run until this is mended. Load its app again, or correct its schedule or arguments.",
    Kind.INSTANCE_LOST: "What it carried is retried or failed by its policy. See why it is gone.",
    Kind.CLOCK_STEP: "Nothing was lost. See whether something was run late or once more, and what sets this clock.",
    Kind.MESSAGE: "See what its job has logged.",
    Kind.ALARM: "See whether the server runs and reaches its database.",
    Kind.TEST: "Nothing: notices to this channel arrive.",
    Kind.DIGEST: "Each notice, in full:",
}
_OF_EXECUTION = {
    Kind.FAILURE: ("show {id}", "logs {id}", "retry {id}"),
    Kind.TIMEOUT: ("show {id}", "logs {id}", "retry {id}"),
    Kind.LATE_START: ("show {id}", "cancel {id}"),
    Kind.LATE_FINISH: ("show {id}", "logs -f {id}", "cancel {id}"),
    Kind.SLOW: ("show {id}", "logs -f {id}", "cancel {id}"),
    Kind.RECOVERY: ("show {id}",),
    Kind.MESSAGE: ("show {id}", "logs {id}"),
}
_OF_JOB = {
    Kind.TIMEOUT: ("jobs edit {slug} --timeout 30m",),
    Kind.MISSED: ("jobs gaps {slug}", "jobs run {slug}"),
    Kind.OVERLAP: ("executions list --job {slug} --status running", "jobs edit {slug} --overlap queue"),
    Kind.BROKEN: ("jobs show {slug}", "doctor"),
    Kind.LATE_START: ("queues list",),
}
_OF_HOUSE = {
    Kind.MEMORY: ("executions list --status running", "status"),
    Kind.CPU: ("executions list --status running", "status"),
    Kind.INSTANCE_LOST: ("status", "executions list --status failed"),
    Kind.CLOCK_STEP: ("status", "executions list"),
    Kind.ALARM: ("doctor", "status"),
}


def sentence(kind: Kind) -> str:
    """What to do next."""
    return _SENTENCES[kind]


def commands(kind: Kind, facts: Mapping[str, Any]) -> list[str]:
    """The commands that do it, ready to be typed."""
    if kind is Kind.DIGEST:
        return [f"orario notify list --digest {facts['digest']}"]
    execution, job = facts.get("execution"), facts.get("job")
    found = [f"orario {one}" for one in _OF_HOUSE.get(kind, ())]
    if execution:
        found += [f"orario executions {one.format(id=execution['id'])}" for one in _OF_EXECUTION.get(kind, ())]
    if job:
        found += [f"orario {one.format(slug=job['slug'])}" for one in _OF_JOB.get(kind, ())]
    return found
