"""The field form of a cron: `{"hour": "9", "day_of_week": "mon"}` and the expression it stands for."""

from collections.abc import Mapping

from orario.core.cron import LONGEST, compiled, problems_of
from orario.core.cronfields import DAY, DAY_OF_WEEK, HOUR, MINUTE, MONTH, SECOND, Field
from orario.core.errors import Invalid, Problem, invalid

FORM = (MONTH, DAY, DAY_OF_WEEK, HOUR, MINUTE, SECOND)
NAMES = tuple(spec.name for spec in FORM)
# Month is coarser than day; day and day of the week are of one rank.
_RANKS = {"month": 0, "day": 1, "day_of_week": 1, "hour": 2, "minute": 3, "second": 4}
_ORDER = (SECOND, MINUTE, HOUR, DAY, MONTH, DAY_OF_WEEK)


def expression_of(given: Mapping[str, object]) -> str:
    """The expression: fields finer than the finest given take their least value, coarser ones a star."""
    if not given:
        raise invalid(message=f"a cron needs an expression or at least one of {', '.join(NAMES)}")
    problems = [problem for spec in FORM if spec.name in given for problem in _problems(spec, given[spec.name])]
    if problems:
        raise Invalid(*problems)
    finest = max(_RANKS[name] for name in given)
    texts = [_text(given[spec.name]) if spec.name in given else _default(spec, finest) for spec in _ORDER]
    expression = " ".join(texts if texts[0] != "0" else texts[1:])
    return _possible(expression, given)


def _problems(spec: Field, value: object) -> tuple[Problem, ...]:
    """What is wrong with one given field."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return (Problem((spec.name,), "a text or a whole number is expected"),)
    if isinstance(value, int) and not spec.low <= value <= spec.high:
        return (Problem((spec.name,), f"this number is not allowed here; allowed is {spec.limits}"),)
    if isinstance(value, str) and not (value.isprintable() and len(value) <= LONGEST and len(value.split()) == 1):
        return (Problem((spec.name,), "a cron field is a short text without blanks, such as '0' or '*/15'"),)
    return problems_of(spec, _text(value))


def _text(value: object) -> str:
    return str(value).strip()


def _default(spec: Field, finest: int) -> str:
    finer = _RANKS[spec.name] > finest and spec is not DAY_OF_WEEK
    return str(spec.low) if finer else "*"


def _possible(expression: str, given: Mapping[str, object]) -> str:
    """The expression, unless it is never due; then the day is what is wrong."""
    try:
        compiled(expression)
    except Invalid as error:
        loc = ("day",) if "day" in given else ("day_of_week",)
        raise Invalid(*(Problem(loc, problem.message, problem.kind) for problem in error.problems)) from None
    return expression
