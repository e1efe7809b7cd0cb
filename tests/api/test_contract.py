"""Requests made up from the description, good and bad: never a fault of ours, never an answer nobody described."""

from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from orario.api.native import TAGS
from orario.service.people import Role
from tests.api.serving import serving
from tests.api.shop import make_shop
from tests.api.site import standing_site

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
GROUPS = [tag["name"] for tag in TAGS]
_FRAMING = ("content-length", "transfer-encoding")  # a message that is cut wrongly never comes to be a request
HELD: Any = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def try_group(folder: Path, group: str, examples: int, *, derandomize: bool) -> int:
    """Ask every call of a group; how many were asked."""
    asked = 0
    with standing_site(folder, make_shop()) as site, serving(site.app) as address, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {site.token(Role.ADMIN)}"
        schema = schemathesis.openapi.from_url(f"{address}/openapi.json").include(tag=group)
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            if operation.path == "/readyz":
                continue  # 503 on purpose: nothing fires in this test
            either = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

            @settings(HELD, max_examples=examples, derandomize=derandomize)
            @given(case=either)
            def keeps_to_its_description(case: Any) -> None:
                nonlocal asked
                asked += 1
                for name in _FRAMING:
                    case.headers.pop(name, None)
                case.call_and_validate(session=session, checks=CHECKS)

            keeps_to_its_description()
    return asked


@pytest.mark.parametrize("group", GROUPS)
def test_every_call_keeps_to_its_description(tmp_path: Path, group: str) -> None:
    assert try_group(tmp_path, group, 15, derandomize=True) > 0


@pytest.mark.soak
@pytest.mark.parametrize("group", GROUPS)
def test_every_call_keeps_to_its_description_for_long(tmp_path: Path, group: str) -> None:
    assert try_group(tmp_path, group, 1000, derandomize=False) > 0
