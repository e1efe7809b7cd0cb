"""The templates: Jinja2, escaping everything, refusing to print what is not there."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from orario.app import App
from orario.core.wording import describe
from orario.dashboard import charts, moments, words
from orario.service.listing import Run

FOLDER = Path(__file__).parent / "templates"


def make_environment(apps: Sequence[App], asset: Any) -> Environment:
    """Orario's templates under their own names, an app's as `<app>/<name>`."""
    of_apps = {app.name: FileSystemLoader(str(app.templates)) for app in apps if app.templates is not None}
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(FOLDER), PrefixLoader(of_apps)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.do"],
    )
    environment.filters.update(
        duration=moments.length,
        number=moments.number,
        short_number=moments.short_number,
        iso=moments.iso,
        when=_when,
        at=_at,
        look=words.look_of,
        since=_since,
        ticks=_ticks,
        tojson_plain=_as_json,
    )
    environment.globals.update(
        charts=charts,
        describe=describe,
        states=words.STATES,
        levels=words.LEVELS,
        triggers=words.TRIGGERS,
        look_of_job=words.look_of_job,
        icon_of_job=words.icon_of_job,
        icon=_icon,
        asset=asset,
        choices_of=_choices_of,
        browser_of=words.browser_of,
        same_wall=_same_wall,
        spark_label=_spark_label,
        query=_query,
    )
    return environment


@pass_context
def _when(context: Context, moment: datetime | None) -> Markup:
    """`5 minutes ago`, with the whole moment as its title."""
    return moments.when(moment, context["zone"], context["now"])


@pass_context
def _at(context: Context, moment: datetime | None, zone: str | None = None) -> Markup:
    """`14:05:09 CET`, in the reader's zone or another."""
    return moments.when(moment, zone or context["zone"], context["now"], "absolute" if zone is None else "fixed")


@pass_context
def _since(context: Context, moment: datetime | None) -> Markup:
    """`3 m 20 s` and counting, for what is under way since a moment."""
    if moment is None:
        return Markup("")
    lasted = moments.length(max((context["now"] - moment).total_seconds(), 0))
    title = moments.whole(moment, context["zone"])
    return Markup('<time datetime="{}" data-form="since" title="since {}">{}</time>').format(
        moments.iso(moment), title, lasted
    )


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _ticks(text: str) -> Markup:
    """What stands between back-ticks, as code."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:  # one of them stands for itself
        return escape(text)
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(part) if at % 2 else part for at, part in enumerate(parts))


@pass_context
def _icon(context: Context, name: str, label: str = "") -> Markup:
    """A sign out of the sprite; without a label it is decoration."""
    source = f"{context['root']}{context['icons']}#{name}"
    named = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon i-{}" {}><use href="{}"/></svg>').format(name, named, source)


@pass_context
def _query(context: Context, **changes: Any) -> str:
    """This page's address with other values in its query; None takes one away."""
    kept = [(name, value) for name, value in context["params"] if name not in changes]
    new = [(name, value) for name, value in changes.items() if value not in (None, "")]
    return "?" + urlencode([*kept, *new])


def _choices_of(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Options of a filter, with how many there are of each."""
    return [(value, f"{'made by people' if value == '-' else value} ({count:,})") for value, count in counts.items()]


def _same_wall(one: str, other: str, moment: datetime) -> bool:
    """Whether the clocks of two zones show the same at a moment."""
    return moments.local(moment, one).utcoffset() == moments.local(moment, other).utcoffset()


def _spark_label(runs: Sequence[Run]) -> str:
    """The last runs in words, for whoever cannot see the bars."""
    counts = Counter(run.state.value for run in runs)
    return f"Last {len(runs)} runs: " + (", ".join(f"{n} {state}" for state, n in counts.items()) or "none yet")
