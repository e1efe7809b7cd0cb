"""The page of settings."""

import json

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from making.markdown import code, page, table
from orario.runtime import load_apps
from orario.settings import Settings


def settings() -> str:
    apps = [app for app in load_apps([]) if app.settings is not None]
    return page(
        "Settings",
        "Every setting is a variable of the environment. A value that does not fit ends `orario serve` with a "
        "sentence that names the variable.",
        [
            "## Orario itself",
            _variables(Settings),
            *(part for app in apps if app.settings for part in (f"## App `{app.name}`", _variables(app.settings))),
        ],
    )


def _variables(kind: type[BaseSettings]) -> str:
    prefix = kind.model_config.get("env_prefix", "")
    return table(
        ["variable", "default", "what it is"],
        [
            [code(f"{prefix}{name}".upper()), code(_default(field)), field.description or ""]
            for name, field in kind.model_fields.items()
        ],
    )


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value in (None, "", []) or isinstance(value, SecretStr):  # a secret's default is nobody's business
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)
