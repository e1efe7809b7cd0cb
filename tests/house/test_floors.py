"""Keeps the rooms on their floors, and says in a sentence where one reaches up, sideways or round."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from tests.house.sources import Import, Module, modules, resolve

FLOORS = (
    ("core", "settings"),
    ("store", "app", "mail"),
    ("engine", "service", "demo"),
    ("executors", "web"),
    ("runtime", "api", "dashboard", "apps.*"),
    ("asgi", "testing", "worker"),
    ("cli",),
)
FACES = ("orario", "orario.web", "orario.mail", "orario.demo")  # all that a shipped app may see of the house
# (module, import) allowed further down a file: for an extra, or for what one command alone should have to wait for
LATE: frozenset[tuple[str, str]] = frozenset(
    {
        ("orario.runtime", "orario.executors.celeryagency"),
        ("orario.runtime", "orario.executors.celeryapp"),
        ("orario.runtime", "orario.executors.otel"),
        ("orario.cli.client", "orario.cli.local.local_transport"),
        ("orario.cli.doctor", "orario.runtime.load_apps"),
        ("orario.cli.db", "orario.cli.apptables"),
        ("orario.cli.dbmove", "orario.cli.moving"),
        ("orario.cli.dbverify", "orario.cli.apptables"),
        ("orario.cli.demo", "orario.cli.demos"),
        ("orario.cli.init", "orario.cli.beginning"),
        ("orario.cli.run", "orario.cli.running"),
        ("orario.cli.serve", "orario.cli.serving"),
        ("orario.demo.shared", "orario.demo.mailserver.MailServer"),
        ("orario.app", "fastapi.APIRouter"),
    }
)


def room(module: str) -> str:
    """`orario.core.job` is in the room core, `orario.apps.http.tasks` in apps.http, `orario` is the face."""
    parts = module.split(".")[1:]
    return ".".join(parts[: 2 if parts[:1] == ["apps"] else 1]) or "face"


def floor(name: str) -> int | None:
    kind = "apps.*" if name.startswith("apps.") else name
    return next((number for number, rooms in enumerate(FLOORS, 1) if kind in rooms), None)


def complaint(importer: str, imported: str) -> str | None:
    """Why `importer` may not import `imported`, or nothing."""
    here, there = room(importer), room(imported)
    if here == there or here == "face" or here == "apps":
        return None
    if here.startswith("apps."):
        return None if imported in FACES else f"{importer} is an app and may import {' and '.join(FACES)} only"
    if there == "face":
        return f"{importer} imports the public face, which is for apps; it must name the room it wants"
    own, other = floor(here), floor(there)
    if own is None or other is None:
        return f"{here if own is None else there} stands on no floor; give it one in FLOORS"
    if other == own:
        return f"{here} and {there} are on floor {own} together and do not know each other"
    return f"{here} (floor {own}) may not import {there} (floor {other} is above)" if other > own else None


def _ours(module: Module, known: dict[str, Module]) -> Iterator[tuple[Import, str]]:
    for one in module.imports():
        reached = resolve(one.module, known)
        if reached is not None and reached != module.name:
            yield one, reached


def circle(edges: dict[str, set[str]]) -> list[str]:
    """One circle among the modules, first and last the same, or nothing."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_room_imports_a_room_above_or_beside_it() -> None:
    known = modules()
    found = [
        f"{module.path.name}:{one.line}: {sentence}"
        for module in known.values()
        for one, reached in _ours(module, known)
        if (sentence := complaint(module.name, reached))
    ]
    assert not found, "\n".join(found)


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    edges = {name: {reached for _, reached in _ours(module, known)} for name, module in known.items()}
    assert not (found := circle(edges)), "these import each other in a circle: " + " -> ".join(found)


def test_every_import_stands_at_the_top_of_its_file() -> None:
    found = [
        f"{module.name}:{one.line} imports {one.module} further down; imports stand at the top of the file"
        for module in modules().values()
        for one in module.imports()
        if not one.is_at_top and (module.name, one.module) not in LATE
    ]
    assert not found, "\n".join(found)


def test_the_rules_themselves_tell_right_from_wrong() -> None:
    assert complaint("orario.store.jobs", "orario.core.job") is None
    assert complaint("orario.apps.http.tasks", "orario") is None
    assert complaint("orario.apps.http.tasks", "orario.apps.http.checks") is None
    assert "floor 2 is above" in str(complaint("orario.core.job", "orario.store.tables"))
    assert "together" in str(complaint("orario.engine.ticker", "orario.service.jobs"))
    assert "is an app" in str(complaint("orario.apps.http.tasks", "orario.core.task"))
    assert "is an app" in str(complaint("orario.apps.http.tasks", "orario.apps.shell"))
    assert "public face" in str(complaint("orario.service.jobs", "orario"))
    assert len(circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == 3
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
