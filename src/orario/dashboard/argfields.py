"""Fields of a form that asks for a task's arguments, drawn from their JSON schema; what was put into them, read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orario.core.errors import Invalid, Problem
from orario.core.secrecy import MASK, is_secret_name

PLACE = "taskArgs"
REST = "args"  # a field for whatever the schema has no field for
_OWN, _JSON = "arg:", "json:"  # before an argument's name: as its type reads, or as JSON
_LONGEST_LINE = 60

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArgField:
    """One field. `kind`: text, long, number, flag, choice, json."""

    name: str
    title: str
    kind: str
    value: str = ""
    hint: str = ""
    usual: str = ""
    options: Sequence[tuple[str, str]] = ()
    is_required: bool = False
    place: str = PLACE


def fields_of(
    schema: Schema | None, args: Mapping[str, Any], given: Mapping[str, str] | None = None
) -> list[ArgField]:
    """The fields, filled with a job's arguments, or as they were sent and came back."""
    found, rest = [], dict(args)
    for name, own in _properties(schema).items():
        value = rest.pop(name, None) if name in rest else _ABSENT
        found.append(_field(schema or {}, name, own, value, given))
    if rest or schema is None or schema.get("additionalProperties", False) is not False:
        sent = None if given is None else given.get(REST)
        text = sent if sent is not None else _json(rest) if rest else ""
        hint = "Names and values as JSON" if found else 'As JSON, such as {"branch": "all"}'
        found.append(ArgField(REST, "Other arguments" if found else "Arguments", "json", text, hint))
    return found


def texts_of(fields: Sequence[ArgField]) -> dict[str, str]:
    """What the fields of an untouched form send."""
    return {one.name: one.value for one in fields if one.kind != "flag" or one.value}


def read(schema: Schema | None, given: Mapping[str, str]) -> dict[str, Any]:
    """The arguments that were put in; Invalid with the place of each that is none of its type."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, own in _properties(schema).items():
        try:
            value = _sent(schema or {}, name, own, given)
        except ValueError as error:
            problems.append(Problem((PLACE, name), str(error)))
            continue
        if value is not _ABSENT:
            found[name] = value
    try:
        found |= _object(given.get(REST, ""))
    except ValueError as error:
        problems.append(Problem((PLACE,), str(error)))
    if problems:
        raise Invalid(*problems)
    return found


class _Absent:
    """No value, which is not None."""


_ABSENT = _Absent()


def _properties(schema: Schema | None) -> Mapping[str, Schema]:
    found = {} if schema is None else schema.get("properties", {})
    return found if isinstance(found, Mapping) else {}


def _resolved(schema: Schema, own: Schema) -> tuple[Schema, bool]:
    """What a property is without its references, and whether it may be null as well."""
    if "$ref" in own:
        name = str(own["$ref"]).rpartition("/")[2]
        return _resolved(schema, {**schema.get("$defs", {}).get(name, {}), **_without(own, "$ref")})
    choices = [one for one in own.get("anyOf", ()) if one.get("type") != "null"]
    if "anyOf" in own and len(choices) == 1:
        inner, _ = _resolved(schema, choices[0])
        return {**inner, **_without(own, "anyOf")}, len(own["anyOf"]) > 1
    return own, False


def _without(own: Schema, key: str) -> dict[str, Any]:
    return {name: value for name, value in own.items() if name != key}


def _kind(own: Schema) -> str:
    if isinstance(own.get("enum"), list) and all(isinstance(one, str | int) for one in own["enum"]):
        return "choice"
    return {"string": "text", "integer": "number", "number": "number", "boolean": "flag"}.get(
        str(own.get("type")), "json"
    )


def _field(schema: Schema, name: str, raw: Schema, value: Any, given: Mapping[str, str] | None) -> ArgField:
    own, _ = _resolved(schema, raw)
    kind, is_required = _kind(own), name in schema.get("required", ())
    usual = own.get("default", raw.get("default", _ABSENT))
    if given is not None and _JSON + name in given:
        kind, text = "json", given[_JSON + name]
    elif given is not None:
        text = given.get(_OWN + name, "")
    else:
        kind, text = _shown(kind, own, value, usual)
    if kind == "text" and ("\n" in text or len(text) > _LONGEST_LINE):
        kind = "long"
    return ArgField(
        name=(_JSON if kind == "json" else _OWN) + name,
        title=name.replace("_", " "),
        kind=kind,
        value=text,
        hint=_hint(own, kind, name),
        usual="" if isinstance(usual, _Absent) or usual is None or kind == "flag" else _text(usual),
        options=[(str(one), str(one)) for one in own.get("enum", ())],
        is_required=is_required and kind != "flag",
        place=f"{PLACE}.{name}",
    )


def _shown(kind: str, own: Schema, value: Any, usual: Any) -> tuple[str, str]:
    """How a value is shown, by a plain field if one can hold it."""
    if kind == "flag":
        ticked = usual if isinstance(value, _Absent) else value
        if isinstance(ticked, bool | _Absent):
            return kind, "on" if ticked is True else ""
    if isinstance(value, _Absent) or value is None:
        return kind, ""
    fits = {
        "text": isinstance(value, str) and value != "" and "\r" not in value,
        "number": (isinstance(value, int | float) and not isinstance(value, bool)) or value == MASK,
        "choice": value in own.get("enum", ()),
    }
    if fits.get(kind, False):
        return kind, str(value)
    return "json", _json(value)


def _hint(own: Schema, kind: str, name: str) -> str:
    said = str(own.get("description", ""))
    if said:
        return said
    if is_secret_name(name) and kind in {"text", "long"}:
        return "Kept encrypted, and shown to nobody"
    if kind == "json":
        return f"JSON: {_shape(own)}"
    return {"date-time": "A time, as 2026-12-24T08:00:00Z", "date": "A date, as 2026-12-24"}.get(
        str(own.get("format")), "a whole number" if own.get("type") == "integer" else ""
    )


def _shape(own: Schema) -> str:
    if own.get("type") == "array":
        return 'a list, as ["a", "b"]' if own.get("items", {}).get("type") == "string" else "a list, as [1, 2]"
    return "an object of names and values" if own.get("type") == "object" else "texts stand in quotes"


def _sent(schema: Schema, name: str, raw: Schema, given: Mapping[str, str]) -> Any:
    if _JSON + name in given:
        text = given[_JSON + name].strip()
        return _parsed(text) if text else _ABSENT
    own, _ = _resolved(schema, raw)
    kind, text = _kind(own), given.get(_OWN + name, "").replace("\r\n", "\n")
    if kind == "flag":
        return _flag(own, raw, bool(text))
    if not text:
        return _ABSENT
    if kind == "number" and text != MASK:
        return _number(text.strip(), str(own.get("type")))
    if kind == "choice":
        return next((one for one in own["enum"] if str(one) == text), text)
    return _parsed(text) if kind == "json" else text


def _flag(own: Schema, raw: Schema, is_ticked: bool) -> Any:
    usual = own.get("default", raw.get("default", _ABSENT))
    return _ABSENT if usual is is_ticked else is_ticked


def _number(text: str, kind: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"is not a {'whole ' if kind == 'integer' else ''}number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("is not a number that can be stored")
    return value


def _object(text: str) -> dict[str, Any]:
    found = _parsed(text) if text.strip() else {}
    if not isinstance(found, dict):
        raise ValueError("is not an object of names and values")
    return found


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f": line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"is not JSON{where}; texts stand in quotes") from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=None if not isinstance(value, dict | list) else 2)


def names(given: Mapping[str, str]) -> Iterator[str]:
    """Those fields of a form that are arguments."""
    return (name for name in given if name.startswith((_OWN, _JSON)) or name == REST)
