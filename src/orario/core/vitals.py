"""Signs of life: what the loops of an engine show of themselves, for whoever watches them from another thread."""

from dataclasses import dataclass, field

from orario.core.events import Alarm


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a turn failed; what the error says by itself is for the log, since /readyz is for everybody."""

    error: str  # its name
    is_database: bool = False
    is_locked: bool = False  # SQLite's one write lock was somebody else's for too long


@dataclass
class Pulse:
    """One loop's. Only its own thread writes; a reader in another takes every field as it stands."""

    turns: int = 0  # that went well
    rests_until: float = 0.0  # by the monotonic clock; before that, nothing is to be expected of it
    trouble: Trouble | None = None  # of the last turn
    is_over: bool = False  # it was told to stop, and did


@dataclass
class Vitals:
    """Those of one instance. No lock anywhere: a frozen part must not hold up whoever finds that out."""

    pulses: dict[str, Pulse] = field(default_factory=dict)  # by the loop's name
    leader_silence: float = 0.0  # seconds since the leader's last heartbeat, as the loop `leader` last saw it
    tick_silence: float = 0.0  # seconds since anybody's last tick, likewise
    leads: bool = False  # whether this instance does
    alarms: tuple[Alarm, ...] = ()  # those that ring now

    @property
    def living(self) -> dict[str, Pulse]:
        """The loops that ought to take their turns."""
        return {name: pulse for name, pulse in self.pulses.items() if not pulse.is_over}
