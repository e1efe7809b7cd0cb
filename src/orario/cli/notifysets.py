"""Commands on whom notices reach, and of what: `orario notify channels` and `orario notify rules`."""

from collections.abc import Sequence
from typing import Annotated, Any

from typer import Argument, Option, Typer

from orario.cli import cells, show
from orario.cli.client import Client, part
from orario.cli.exits import Exit, Failure
from orario.cli.inputs import read_file, seconds
from orario.cli.notify import notify
from orario.cli.options import Json
from orario.cli.show import Column

app = Typer()
channels = Typer(no_args_is_help=True)
rules = Typer(no_args_is_help=True)
app.add_typer(channels, name="channels", help="Whom notices reach.")
app.add_typer(rules, name="rules", help="What is told of, and to whom.")

ChannelName = Annotated[str, Argument(metavar="NAME", help="The channel's name.")]
RuleName = Annotated[str, Argument(metavar="NAME", help="The rule's name.")]
Quiet = Annotated[
    str | None, Option("--quiet", metavar="FROM-TO", help="Hours of quiet, such as 22:00-07:00; none ends them.")
]
Zone = Annotated[str | None, Option("--timezone", help="The time zone of hours and dates.")]
Enabled = Annotated[bool | None, Option("--enabled/--disabled", help="Whether it is heeded.")]
_KEPT_OF_CHANNEL = (
    "kind",
    "isDefault",
    "isEnabled",
    "quiet",
    "calendars",
    "timezone",
    "digestSeconds",
    "digestPasses",
    "perHour",
)
_NOT_OF_RULE = ("name", "source")


def _health(row: Any) -> str:
    health = row["health"]
    if not row["isEnabled"]:
        return "disabled"
    if health["isHealthy"]:
        return "well" if health["lastSentAt"] else "never used"
    return f"failing: {health['error']}"


CHANNEL_COLUMNS = (
    Column("CHANNEL", cells.field("name"), is_whole=True),
    Column("TO", cells.field("url")),
    Column("SENT", lambda row: cells.far("lastSentAt")(row["health"]), is_whole=True),
    Column("IS", _health),
    Column("SET IN", cells.field("source"), min_width=show.WIDE),
)
RULE_COLUMNS = (
    Column("RULE", cells.field("name"), is_whole=True),
    Column("ON", lambda row: ", ".join(row["on"])),
    Column("OF", lambda row: _whose(row)),
    Column("TELLS", lambda row: _whom(row)),
    Column("IS", lambda row: "enabled" if row["isEnabled"] else "disabled"),
)


def _whose(row: Any) -> str:
    if row["job"]:
        return f"job {row['job']}"
    return f"app {row['app']}" if row["app"] else "all"


def _whom(row: Any) -> str:
    if row["channels"] is None:
        return "default channels"
    return ", ".join(row["channels"]) or "nobody"


@channels.command("list", epilog="Example: orario notify channels list")
def list_channels(json: Json = False) -> None:
    """List the channels, and whether they take what they are sent."""
    with notify() as api:
        answer = api.get("/channels")
    empty = "No channels: orario notify channels set NAME --url-file FILE makes one, or set ORARIO_NOTIFY_URLS."
    show.as_json(answer) if json else show.table(CHANNEL_COLUMNS, answer["channels"], empty=empty)


@channels.command(
    "set", epilog="Example: orario notify channels set ops --url-file slack-url.txt --quiet 22:00-07:00"
)
def set_channel(
    name: ChannelName,
    url_file: Annotated[
        str | None, Option("--url-file", metavar="FILE", help="Its URL, a secret; - is standard input.")
    ] = None,
    secret_file: Annotated[
        str | None, Option("--secret-file", metavar="FILE", help="The key that signs: then it is a webhook.")
    ] = None,
    quiet: Quiet = None,
    timezone: Zone = None,
    calendar: Annotated[
        list[str] | None, Option("--calendar", help="A calendar on whose dates it is told nothing; repeatable.")
    ] = None,
    digest: Annotated[
        str | None, Option("--digest", metavar="LENGTH", help="One message per window, such as 15m; 0 ends it.")
    ] = None,
    per_hour: Annotated[int | None, Option("--per-hour", help="So many messages per hour.")] = None,
    default: Annotated[
        bool | None, Option("--default/--aside", help="Whether rules that name no channels tell it.")
    ] = None,
    enabled: Enabled = None,
    json: Json = False,
) -> None:
    """Make a channel, or change what is given of it; its secrets come from files, never from the command line."""
    with notify() as api:
        before = _before(api, f"/channels/{part(name)}")
        body = {key: before[key] for key in _KEPT_OF_CHANNEL if before}
        body.setdefault("kind", "apprise" if secret_file is None else "webhook")
        body |= {} if url_file is None else {"url": read_file(url_file).strip()}
        body |= {} if secret_file is None else {"signingSecret": read_file(secret_file).strip(), "kind": "webhook"}
        given = {"timezone": timezone, "calendars": calendar, "perHour": per_hour}
        given |= {"isDefault": default, "isEnabled": enabled}
        body |= {key: value for key, value in given.items() if value is not None}
        if digest is not None:
            body["digestSeconds"] = seconds("--digest", digest) or None
        if quiet is not None:
            body["quiet"] = _hours(quiet, timezone or (before or {}).get("timezone"))
        answer = api.put(f"/channels/{part(name)}", body)
    show.as_json(answer) if json else show.line(f"{name} reaches {answer['url']}; try it: orario notify test {name}")


@channels.command("delete", epilog="Example: orario notify channels delete ops")
def delete_channel(name: ChannelName, json: Json = False) -> None:
    """Delete a channel that no rule names."""
    with notify() as api:
        answer = api.delete(f"/channels/{part(name)}")
    show.as_json(answer) if json else show.line(f"{name} is deleted.")


@rules.command("list", epilog="Example: orario notify rules list")
def list_rules(json: Json = False) -> None:
    """List the rules: of those on one thing, the nearest to the job decide."""
    with notify() as api:
        answer = api.get("/rules")
    show.as_json(answer) if json else show.table(RULE_COLUMNS, answer["rules"], empty="No rules.")


@rules.command("set", epilog="Example: orario notify rules set patient --on failure --job close_the_day --failures 3")
def set_rule(
    name: RuleName,
    on: Annotated[list[str] | None, Option("--on", help="What it tells of, such as failure; repeatable.")] = None,
    job: Annotated[str | None, Option("--job", help="Of this job only, by its slug.")] = None,
    of_app: Annotated[str | None, Option("--app", help="Of the jobs of this app only.")] = None,
    channel: Annotated[list[str] | None, Option("--channel", help="Whom it tells; repeatable.")] = None,
    nobody: Annotated[bool, Option("--nobody", help="Tell nobody.")] = False,
    failures: Annotated[int | None, Option("--failures", help="After so many failures in a row ...")] = None,
    among: Annotated[int | None, Option("--among", help="... or so many of this many runs.")] = None,
    again_every: Annotated[int | None, Option("--again-every", help="Again after so many more.")] = None,
    start_within: Annotated[
        str | None, Option("--start-within", metavar="LENGTH", help="late_start: allowed after it was due.")
    ] = None,
    finish_within: Annotated[
        str | None, Option("--finish-within", metavar="LENGTH", help="late_finish: allowed after its start.")
    ] = None,
    memory_mb: Annotated[float | None, Option("--memory-mb", help="memory: allowed for an instance.")] = None,
    cpu_percent: Annotated[float | None, Option("--cpu-percent", help="cpu: allowed for a minute.")] = None,
    severity: Annotated[str | None, Option("--severity", help="info, warning, error or critical.")] = None,
    quiet: Quiet = None,
    timezone: Zone = None,
    enabled: Enabled = None,
    json: Json = False,
) -> None:
    """Make a rule, or change what is given of it."""
    given: dict[str, Any] = {
        **{"on": on, "job": job, "app": of_app, "failures": failures, "of": among, "againEvery": again_every},
        "channels": [] if nobody else channel,
        "startWithinSeconds": seconds("--start-within", start_within),
        "finishWithinSeconds": seconds("--finish-within", finish_within),
        **{"memoryMb": memory_mb, "cpuPercent": cpu_percent, "severity": severity, "isEnabled": enabled},
    }
    with notify() as api:
        before = _before(api, f"/rules/{part(name)}")
        body = {key: value for key, value in (before or {}).items() if key not in _NOT_OF_RULE}
        body |= {key: value for key, value in given.items() if value is not None}
        if quiet is not None:
            body["quiet"] = _hours(quiet, timezone)
        answer = api.put(f"/rules/{part(name)}", body)
    show.as_json(answer) if json else show.table(RULE_COLUMNS, [answer], empty="")


@rules.command("delete", epilog="Example: orario notify rules delete patient")
def delete_rule(name: RuleName, json: Json = False) -> None:
    """Delete a rule."""
    with notify() as api:
        answer = api.delete(f"/rules/{part(name)}")
    show.as_json(answer) if json else show.line(f"{name} is deleted.")


def _before(api: Client, path: str) -> Any:
    """What there is, if anything."""
    try:
        return api.get(path)
    except Failure as failure:
        if failure.code is not Exit.NOT_FOUND:
            raise
        return None


def _hours(text: str, zone: str | None) -> dict[str, str] | None:
    if text == "none":
        return None
    hours: Sequence[str] = text.split("-")
    if len(hours) != 2:
        raise Failure(Exit.INVALID, "--quiet wants hours such as 22:00-07:00, or none")
    return {"start": hours[0], "end": hours[1]} | ({"timezone": zone} if zone else {})
