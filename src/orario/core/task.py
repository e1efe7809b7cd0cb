"""A registered function: where it runs, what it takes, what its jobs get by default."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NotRequired, Required, get_type_hints

from pydantic import ConfigDict, PydanticUndefinedAnnotation, TypeAdapter, ValidationError, with_config
from pydantic_core import to_jsonable_python
from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

from orario.core.errors import Invalid, Misconfigured, Problem
from orario.core.policy import Policy

CONTEXT = "context"  # the parameter of this name is given the Context
DEFAULT_QUEUE = "default"
_UNNAMEABLE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)


class Mode(StrEnum):
    """How a task's function is called inside an instance."""

    LOOP = "loop"  # `async def`
    THREAD = "thread"  # `def`: cooperative, a thread cannot be killed
    PROCESS = "process"  # killable, with all it started
    ELSEWHERE = "elsewhere"  # by nobody here: whoever does it tells by pings
    CELERY_TASK = "celery_task"  # by the workers of somebody's Celery application, under its own name there


HERE = (Mode.LOOP, Mode.THREAD, Mode.PROCESS)


@dataclass(frozen=True)
class Exposed:
    """Marks an argument that others can see, into which no named secret may be put, and says why.

    `path: Annotated[str, Exposed("everybody on the machine sees it")]`
    """

    why: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """A function that jobs may name. `policy` is what a job of it gets unless it says otherwise."""

    name: str
    app: str
    function: Callable[..., Any]
    mode: Mode
    display_name: str
    description: str | None
    handler_path: str
    handler_type: str
    queue: str
    policy: Policy
    is_system: bool = False
    is_active: bool = True  # jobs of an inactive task are refused
    inactive_reason: str | None = None

    @cached_property
    def takes_context(self) -> bool:
        return CONTEXT in inspect.signature(self.function).parameters

    @cached_property
    def _arguments(self) -> TypeAdapter[dict[str, Any]]:
        return _adapter(self.name, self.function)

    def bind(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The keyword arguments for the function, validated and converted by its own type hints.

        Raises Invalid, whose places start at the argument's name.
        """
        try:
            return self._arguments.validate_python(dict(args))
        except ValidationError as error:
            raise Invalid(*_problems(error)) from None

    @cached_property
    def exposed(self) -> Mapping[str, str]:
        """The arguments into which no secret may be put, each with the reason."""
        hints = get_type_hints(self.function, include_extras=True)
        marks = ((name, mark) for name, hint in hints.items() for mark in getattr(hint, "__metadata__", ()))
        return {name: mark.why for name, mark in marks if isinstance(mark, Exposed)}

    @cached_property
    def args_schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments, defaults included."""
        schema = self._arguments.json_schema()
        for name, parameter in inspect.signature(self.function).parameters.items():
            if name in schema.get("properties", {}) and parameter.default is not parameter.empty:
                schema["properties"][name]["default"] = to_jsonable_python(parameter.default, fallback=repr)
        return schema

    def check(self) -> None:
        """Raise Misconfigured unless the function can be found, and called with named arguments."""
        where = self.function.__qualname__
        if self.mode is Mode.PROCESS and "<" in where:
            raise Misconfigured(
                f"task {self.name}: {where} cannot be imported by the process that is to run it;"
                " with process=True a function stands at the top of a module"
            )
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.kind in _UNNAMEABLE:
                raise Misconfigured(
                    f"task {self.name}: {parameter.name} cannot be given by name; use ordinary parameters"
                )
        try:
            _ = self.args_schema
        except (PydanticUndefinedAnnotation, NameError, TypeError) as error:
            raise Misconfigured(f"task {self.name}: its type hints cannot be read: {error}") from error


def _adapter(name: str, function: Callable[..., Any]) -> TypeAdapter[dict[str, Any]]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    is_open = False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            is_open = True
        elif parameter.name != CONTEXT:
            hint = hints.get(parameter.name, Any)
            needed = parameter.default is parameter.empty
            fields[parameter.name] = Required[hint] if needed else NotRequired[hint]
    make: Any = TypedDict  # made at run time, which type checkers have no words for
    shape = make(f"{name} arguments", fields)
    return TypeAdapter(with_config(ConfigDict(extra="allow" if is_open else "forbid"))(shape))


def _problems(error: ValidationError) -> list[Problem]:
    # `include_input` stays off: what was sent may be a secret, or garbage.
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [Problem(tuple(one["loc"]), one["msg"], one["type"]) for one in found]
