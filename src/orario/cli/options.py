"""The options and arguments that many commands share, each worded once."""

from typing import Annotated

from typer import Argument, Option

Json = Annotated[bool, Option("--json", help="Print the API's own JSON.")]
JobRef = Annotated[str, Argument(metavar="JOB", help="The job's slug or id.")]
ExecutionId = Annotated[str, Argument(metavar="EXECUTION", help="The execution's id.")]
Page = Annotated[int, Option("--page", min=1, help="Which page to show.")]
PerPage = Annotated[int, Option("--per-page", min=1, max=100, help="How many lines make a page.")]
Args = Annotated[
    list[str] | None,
    Option("--arg", metavar="KEY=VALUE", help="An argument for the task; JSON values are read as JSON."),
]
ArgsFile = Annotated[
    str | None,
    Option("--args-file", metavar="FILE", help="A JSON object of arguments; - reads it from standard input."),
]
Count = Annotated[int, Option("--count", "-n", min=1, max=100, help="How many.")]
Yes = Annotated[bool, Option("--yes", help="Do not ask.")]
