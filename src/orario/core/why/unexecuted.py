"""Why a moment of a job's schedule did not become an execution."""

from collections.abc import Iterator
from datetime import timedelta

from orario.core.planning import Gap, Reason
from orario.core.policy import Misfire
from orario.core.why.causes import Cause, Kind
from orario.core.why.facts import Edit, Facts, Hold, Silence
from orario.core.why.saying import by, length, quoted, when
from orario.core.why.undue import existence


def unexecuted(facts: Facts) -> list[Cause]:
    """The causes, of a moment that has passed."""
    assert facts.moment is not None
    if facts.gap is not None:
        return list(in_gap(facts, facts.gap))
    if (cause := existence(facts, facts.moment)) is not None:
        return [cause]
    if found := list(held(facts)):
        return found
    return [_unattended(facts) if facts.moment > facts.position else _passed_over(facts)]


def held(facts: Facts) -> Iterator[Cause]:
    """What kept the job from firing then: disabled goes before paused, and paused before broken."""
    standing, zone = facts.standing, facts.timezone
    if standing.disabled is not None:
        yield _hold(Kind.DISABLED, "the job was disabled", standing.disabled, zone)
    elif standing.paused is not None:
        yield _hold(Kind.PAUSED, "the job was paused", standing.paused, zone)
    if standing.broken is not None and standing.disabled is None:
        yield _hold(Kind.BROKEN, "the job could not run", standing.broken, zone)


def _hold(kind: Kind, what: str, hold: Hold, zone: str) -> Cause:
    parts = [what, by(hold.by)] if kind is not Kind.BROKEN else [what]
    parts += [f"from {when(hold.since, zone)}"] if hold.since else []
    parts += [f"until {when(hold.until, zone)}"] if hold.until else []
    note = f" ({quoted(hold.note)})" if hold.note else ""
    return Cause(kind, " ".join(parts) + note, since=hold.since, until=hold.until, by=hold.by, note=hold.note)


def in_gap(facts: Facts, gap: Gap) -> Iterator[Cause]:
    """What put the moment into a gap of the ledger."""
    if gap.reason is Reason.PAUSED:
        yield _hold(Kind.PAUSED, "the job was paused", facts.standing.paused or Hold(), facts.timezone)
    elif gap.reason is Reason.BROKEN:
        yield _hold(Kind.BROKEN, "the job could not run", facts.standing.broken or Hold(), facts.timezone)
    elif facts.gap_edited is not None:
        yield _edited(facts.gap_edited, facts.timezone)
    else:
        yield nobody_looked(facts)
        yield _dropped(facts)


def _edited(edit: Edit, zone: str) -> Cause:
    what = f" ({', '.join(edit.fields)})" if edit.fields else ""
    clause = (
        f"before anybody had attended to it, the job{what} was changed {by(edit.by)} at {when(edit.at, zone)},"
        " and goes on from then"
    )
    return Cause(Kind.EDITED, clause, since=edit.at, by=edit.by, note=", ".join(edit.fields) or None)


def nobody_looked(facts: Facts) -> Cause:
    """The stretch without a tick that swallowed the moment."""
    zone = facts.timezone
    seen = facts.silence or Silence(since=None, until=facts.gap_recorded_at)
    since = f" from {when(seen.since, zone)}" if seen.since else ""
    until = f" until {when(seen.until, zone)}" if seen.until else ""
    if seen.is_clock_set:
        clause = f"the clock of the leading instance was set forward{since} to{until.removeprefix(' until')}"
        return Cause(Kind.CLOCK_SET, clause, seen.since, seen.until, instance_id=seen.leads_id)
    led = f"; {seen.led} had led" if seen.led else ""
    leads = f"{' and' if led else ';'} {seen.leads} led next" if seen.leads else ""
    clause = f"no instance looked at the clock{since}{until}{led}{leads}"
    return Cause(Kind.LEADER_GAP, clause, seen.since, seen.until, instance_id=seen.leads_id)


def _dropped(facts: Facts) -> Cause:
    """Why the policy did not let the missed moment run late."""
    policy, zone = facts.standing.policy, facts.timezone
    late = _lateness(facts)
    if policy.misfire is Misfire.NONE:
        clause = f"by its misfire policy `none` what is more than {length(policy.misfire_grace)} late does not run"
    elif policy.misfire is Misfire.LATEST:
        run = facts.instead
        which = f", that of {when(run.scheduled_for, zone)}" if run is not None else ""
        clause = f"by its misfire policy `latest` one late run stands for all that were missed{which}"
        return Cause(Kind.MISFIRE, clause, execution_id=None if run is None else run.id)
    elif late is not None and late > max(policy.misfire_window, policy.misfire_grace):
        clause = (
            f"its misfire policy `all` reaches back {length(policy.misfire_window)}, and it was {length(late)} late"
        )
    else:
        clause = f"its misfire policy `all` runs the last {policy.misfire_cap} missed moments at most"
    return Cause(Kind.MISFIRE, clause)


def _lateness(facts: Facts) -> timedelta | None:
    if facts.gap_recorded_at is None or facts.moment is None:
        return None
    return facts.gap_recorded_at - facts.moment


def _unattended(facts: Facts) -> Cause:
    zone, seen = facts.timezone, facts.silence
    if facts.has_leader:
        return Cause(Kind.WAITED, "it is due this instant, and being attended to")
    since = f" since {when(seen.since, zone)}" if seen is not None and seen.since else ""
    clause = f"no instance leads{since}: nobody looks at the clock until a server runs"
    return Cause(Kind.NO_INSTANCE, clause, since=None if seen is None else seen.since)


def _passed_over(facts: Facts) -> Cause:
    if facts.set_back is not None:
        before, after = (when(moment, facts.timezone) for moment in facts.set_back)
        clause = (
            f"the clock was set back from {before} to {after}, and a fixed time that had passed does not come again"
        )
        return Cause(Kind.CLOCK_SET, clause, since=facts.set_back[1], until=facts.set_back[0])
    clause = "what became of it is no longer on record: old history is pruned, and a clock set back leaves none"
    return Cause(Kind.NO_RECORD, clause)
