"""The table of what stays of executions that are forgotten: figures per job and day."""

from sqlalchemy import Column, Integer, Table, Uuid, text

from orario.core.buckets import COUNT
from orario.core.execution import FINAL_STATES
from orario.store.columns import BigId
from orario.store.metadata import metadata

STATES = tuple(state.value for state in FINAL_STATES)
TOOK = tuple(f"took_{at}" for at in range(COUNT))  # how many of the successes lasted how long
LATE = tuple(f"late_{at}" for at in range(COUNT))  # how many started how late
SUMS = (*STATES, "attempts", "took", "took_sum", "late", "late_sum", "passed_over", *TOOK, *LATE)
HIGHS = ("took_max", "late_max")
LOWS = ("took_min",)

rollups = Table(
    "rollups",
    metadata,
    Column("job_id", Uuid, primary_key=True),  # all zeros: jobs that are forgotten, too
    Column("day", Integer, primary_key=True),  # since 1970, in UTC, on which they were opened
    *(Column(name, BigId, nullable=False, server_default=text("0")) for name in SUMS),
    *(Column(name, BigId) for name in (*HIGHS, *LOWS)),  # microseconds; null: none had one
)
