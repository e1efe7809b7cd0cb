"""The sentences of news: what happened, said of one job or of the house."""

from datetime import timedelta

from orario import ClockStepped, Dropped, Ended, InstanceLost, Job, State, TurnedAway
from orario.apps.notify.composing import length
from orario.apps.notify.decisions import Trouble
from orario.apps.notify.rules import Rule


def failed(job: Job, event: Ended, trouble: Trouble, rule: Rule) -> str:
    """`Close the day failed, 3 times in a row.`"""
    what = "ran into its time-out" if event.state is State.TIMEOUT else "failed"
    if rule.of is not None:
        return f"{job.name} {what}, at least {rule.failures} of its last {rule.of} runs did."
    return f"{job.name} {what}, {trouble.count} times in a row." if trouble.count > 1 else f"{job.name} {what}."


def recovered(job: Job) -> str:
    return f"{job.name} works again."


def turned_away(job: Job, event: TurnedAway) -> str:
    """`Close the day was skipped: the run before has not ended.`"""
    what = "was skipped" if event.state is State.SKIPPED else "did not run"
    return f"{job.name} {what}: {event.reason.rstrip('.')}."


def dropped(job: Job, event: Dropped) -> str:
    count = event.gap.count
    return f"{count} runs of {job.name} were missed." if count > 1 else f"A run of {job.name} was missed."


def lost(event: InstanceLost) -> str:
    return f"The instance on {event.hostname} is gone: {event.why.rstrip('.')}."


def stepped(event: ClockStepped) -> str:
    way = "back" if event.by < timedelta(0) else "forward"
    return f"The clock was set {way} by {length(abs(event.by).total_seconds())}."


def late_start(job: Job, waited: timedelta) -> str:
    return f"{job.name} should have started by now: it has waited for {_length(waited)}."


def late_finish(job: Job, runs: timedelta) -> str:
    return f"{job.name} should have ended by now: it has run for {_length(runs)}."


def slow(job: Job, runs: timedelta, usually: float) -> str:
    return f"{job.name} is slower than usual: it has run for {_length(runs)}, usually it takes {length(usually)}."


def _length(span: timedelta) -> str:
    return length(span.total_seconds())
