"""The flags that describe a job, shared by `jobs create` and `jobs edit`."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, get_type_hints

from typer import Option

from orario.cli.inputs import days, seconds
from orario.cli.options import Args, ArgsFile
from orario.core.cronzone import Dst
from orario.core.policy import Backoff, Misfire, Overlap

Text = str | None
Number = int | None


@dataclass(frozen=True, kw_only=True)
class JobFlags:
    """What may be said of a job on the command line; None is "not said"."""

    task: Annotated[Text, Option("--task", help="The task that it runs, such as shop.close_the_day.")] = None
    http: Annotated[
        tuple[str, str] | None,
        Option("--http", metavar="METHOD URL", help="Short for --task http.request with this method and URL."),
    ] = None
    watched: Annotated[
        bool, Option("--watched", help="Short for --task ping.watched: it is done elsewhere and tells by pings.")
    ] = False
    every: Annotated[Text, Option("--every", metavar="LENGTH", help="Run at fixed intervals, such as 5m.")] = None
    cron: Annotated[Text, Option("--cron", help='Run at wall-clock times, such as "0 2 * * *".')] = None
    at: Annotated[Text, Option("--at", metavar="MOMENT", help="Run once, such as 2030-01-31T08:00Z.")] = None
    on_demand: Annotated[bool, Option("--on-demand", help="Run only when asked to.")] = False
    timezone: Annotated[Text, Option("--timezone", help="The schedule's time zone, such as Europe/Rome.")] = None
    dst: Annotated[Dst | None, Option("--dst", help="What happens when clocks change.")] = None
    description: Annotated[Text, Option("--description", help="What it is for.")] = None
    slug: Annotated[Text, Option("--slug", help="Its short, stable name; made from NAME unless given.")] = None
    args: Args = None
    args_file: ArgsFile = None
    queue: Annotated[Text, Option("--queue", help="The queue its executions wait in.")] = None
    priority: Annotated[Number, Option("--priority", help="Higher goes first in its queue.")] = None
    retries: Annotated[Number, Option("--retries", help="How often a failed attempt is tried again.")] = None
    retry_delay: Annotated[Text, Option("--retry-delay", metavar="LENGTH", help="How long to wait before that.")] = (
        None
    )
    retry_backoff: Annotated[
        Backoff | None, Option("--retry-backoff", help="How that wait grows from attempt to attempt.")
    ] = None
    timeout: Annotated[Text, Option("--timeout", metavar="LENGTH", help="How long an attempt may take.")] = None
    start_within: Annotated[
        Text,
        Option("--start-within", metavar="LENGTH", help="How late it may begin (or be pinged) before it is missed."),
    ] = None
    max_instances: Annotated[Number, Option("--max-instances", help="How many may run at once.")] = None
    overlap: Annotated[Overlap | None, Option("--overlap", help="What happens to one too many.")] = None
    misfire: Annotated[Misfire | None, Option("--misfire", help="Which missed moments run late.")] = None
    jitter: Annotated[Text, Option("--jitter", metavar="LENGTH", help="Spread its moments by up to so much.")] = None
    start: Annotated[Text, Option("--start", metavar="MOMENT", help="Not before; without a zone, in its own.")] = None
    end: Annotated[Text, Option("--end", metavar="MOMENT", help="Not after; likewise.")] = None
    exclude: Annotated[
        list[str] | None, Option("--exclude", metavar="DATE", help="A date on which it does not run; repeatable.")
    ] = None
    calendar: Annotated[
        list[str] | None, Option("--calendar", help="A calendar on whose dates it does not run; repeatable.")
    ] = None
    pause_after: Annotated[
        Number, Option("--pause-after", metavar="COUNT", help="Pause after so many failures in a row.")
    ] = None
    keep_for: Annotated[
        Text, Option("--keep-for", metavar="LENGTH", help="How long its ended executions are kept, such as 30d.")
    ] = None
    keep_count: Annotated[
        Number, Option("--keep-count", metavar="COUNT", help="How many of them are kept, the newest.")
    ] = None
    enabled: Annotated[bool | None, Option("--enabled/--disabled", help="Whether its moments become executions.")] = (
        None
    )

    def settings(self) -> dict[str, Any]:
        """The API's fields for all that needs no look-up: task, arguments and schedule are left to others."""
        fields = {
            "description": self.description,
            "slug": self.slug,
            "queue": self.queue,
            "priority": self.priority,
            "retryCount": self.retries,
            "retryDelaySeconds": seconds("--retry-delay", self.retry_delay),
            "retryBackoff": self.retry_backoff,
            "timeoutSeconds": seconds("--timeout", self.timeout),
            "startWithinSeconds": seconds("--start-within", self.start_within),
            "maxInstances": self.max_instances,
            "overlap": self.overlap,
            "misfire": self.misfire,
            "jitterSeconds": seconds("--jitter", self.jitter),
            "startAt": self.start,
            "endAt": self.end,
            "excludeDates": self.exclude or None,
            "excludeCalendars": self.calendar or None,
            "pauseAfterFailures": self.pause_after,
            "keepDays": days("--keep-for", self.keep_for),
            "keepCount": self.keep_count,
            "timezone": self.timezone,
            "dstPolicy": self.dst,
            "isEnabled": self.enabled,
        }
        return {key: value for key, value in fields.items() if value is not None}


def with_job_flags(command: Callable[..., None]) -> Callable[..., None]:
    """The command, whose parameter `flags` is spread out into one option per field."""
    hints = get_type_hints(JobFlags, include_extras=True)
    names = [field.name for field in fields(JobFlags)]
    signature = inspect.signature(command, eval_str=True)
    own = [parameter for parameter in signature.parameters.values() if parameter.name != "flags"]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hints[name])
        for name in names
    ]

    @wraps(command)
    def spread(**given: Any) -> None:
        flags = JobFlags(**{name: given.pop(name) for name in names})
        command(**given, flags=flags)

    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    spread.__signature__ = signature.replace(parameters=parameters + options)  # type: ignore[attr-defined]
    spread.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters + options}
    return spread
