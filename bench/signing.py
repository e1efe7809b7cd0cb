"""How a benchmark comes in: as an administrator, who sees every page."""

import re
import time

import httpx

NATIVE = "/api/v1/scheduler"
_PASSWORD = "a sentence for the bench"


def sign_in(client: httpx.Client, token: str) -> None:
    """Make a person, and sign them in as a browser does."""
    headers, name = {"Authorization": f"Bearer {token}"}, f"bench-{time.time_ns()}"
    person = {"name": name, "role": "admin", "password": _PASSWORD}
    client.post(f"{NATIVE}/users", json=person, headers=headers).raise_for_status()
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/sign-in").text)
    assert found is not None
    client.post("/sign-in", data={"csrf": found[1], "name": name, "password": _PASSWORD})
