"""The drawing of an execution's states, from the table of legal moves."""

from orario.core.execution import MOVES, State

WHY = {
    (State.PENDING, State.RUNNING): "claimed",
    (State.PENDING, State.CANCELLED): "cancelled before it began",
    (State.PENDING, State.SKIPPED): "the job was at its limit",
    (State.PENDING, State.MISSED): "too late",
    (State.RUNNING, State.PENDING): "tried again, or its carrier was lost",
    (State.RUNNING, State.SUCCESS): "returned",
    (State.RUNNING, State.FAILED): "raised, no attempts left",
    (State.RUNNING, State.TIMEOUT): "took too long, no attempts left",
    (State.RUNNING, State.CANCELLED): "told to stop",
}


def states() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"  [*] --> {State.PENDING}: due, or asked for"]
    for before in State:
        lines += [f"  {before} --> {after}: {WHY[before, after]}" for after in State if after in MOVES[before]]
    lines += [f"  {state} --> [*]" for state in State if state.is_final]
    return "\n".join([*lines, "```"])
