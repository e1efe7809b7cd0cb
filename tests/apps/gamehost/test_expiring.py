"""ExpireServers: what it does at the panel and in the tables, whatever the panel does."""

from datetime import timedelta

import pytest

from orario import State
from orario.apps.gamehost.demo.panel import Fault, Machine, PanelStandIn
from orario.apps.gamehost.servers import get, mark_suspending
from tests.apps.gamehost.conftest import Open
from tests.apps.gamehost.desk import Desk

HOUR = timedelta(hours=1)


def test_servers_past_their_expiry_are_suspended_once_however_often_it_runs(desk: Desk, panel: PanelStandIn) -> None:
    panel.own(Machine(at, "it") for at in desk.servers(HOUR, 2 * HOUR, -HOUR))
    runs = [desk.run("ExpireServers"), desk.run("ExpireServers")]
    assert [run.result for run in runs] == [
        {"processed": 2, "total": 2, "failed": 0},
        {"processed": 0, "total": 0, "failed": 0},
    ]
    assert panel.asked("POST suspend") == [2, 1], "the longest overdue first, each once"
    assert desk.rows.statuses == {"server-1": "EXPIRED", "server-2": "EXPIRED", "server-3": "ACTIVE"}
    assert desk.said(runs[0])[:3] == [
        "Job started, processing 2 servers",
        "Starting to handle expired server",
        "Successfully suspended server via Pterodactyl API",
    ]


def test_a_panel_that_is_busy_is_asked_again_and_one_failure_stops_nobody_else(
    desk: Desk, panel: PanelStandIn
) -> None:
    panel.own(
        Machine(at, "Cetatea lui Ștefan 🏰") for at in desk.servers(5 * HOUR, 4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR)
    )
    del panel.machines[2]
    panel.faults = {
        1: [Fault(503)] * 3,
        3: [Fault(429, {"Retry-After": "0"}), Fault(None, is_done=True)],
        4: [Fault(500, is_done=True), Fault(429, {"Retry-After": "Tue, 20 Jan 2026 12:00:00 GMT"})],
        5: [Fault(409)],
    }
    run = desk.run("ExpireServers")
    assert (run.state, str(run.error_message)) == (
        State.FAILED,
        "RunFailed: Pterodactyl API error: 503 Service Unavailable",
    )
    assert (run.progress.total, run.progress.processed, run.progress.failed) == (5, 5, 2)
    assert list(desk.rows.statuses.values()) == ["ACTIVE", "EXPIRED", "EXPIRED", "EXPIRED", "ACTIVE"]
    said = desk.said(run)
    assert said.count("Pterodactyl API is busy or away, trying again") == 6
    assert "Server is not at the panel" in said and said.count("Failed to handle server") == 2
    panel.faults.clear()
    assert desk.run("ExpireServers").state is State.SUCCESS
    assert all(one.is_suspended for one in panel.machines.values())


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        pytest.param(Fault(429, {"Retry-After": "3600"}), 1, id="it asks for an hour's pause"),
        pytest.param(Fault(403), 1, id="the key is not good"),
        pytest.param(Fault(503), 5, id="it is down"),
    ],
)
def test_a_panel_that_is_closed_is_left_alone_until_the_next_run(
    desk: Desk, panel: PanelStandIn, fault: Fault, asked: int
) -> None:
    panel.own(Machine(at, "it") for at in desk.servers(*[HOUR] * 8))
    panel.faults = {at: [fault] * 3 for at in range(1, 9)}
    run = desk.run("ExpireServers")
    assert len(set(panel.asked("POST suspend"))) == asked
    assert (run.state, run.progress.failed) == (State.FAILED, 8)
    panel.faults.clear()
    assert desk.run("ExpireServers").result == {"processed": 8, "total": 8, "failed": 0}


def test_a_run_that_was_cut_off_at_the_panel_is_not_suspended_again(desk: Desk, panel: PanelStandIn) -> None:
    panel.own(Machine(at, "it", is_suspended=True) for at in desk.servers(HOUR))
    with desk.harness.services.database.writing() as connection:
        server = get(connection, "server-1")
        assert server is not None and mark_suspending(connection, server, desk.now)
    assert desk.run("ExpireServers").result["processed"] == 1
    assert panel.asked("POST suspend") == [] and desk.rows.statuses == {"server-1": "EXPIRED"}


def test_a_server_that_is_renewed_while_it_is_suspended_runs_again(desk: Desk, panel: PanelStandIn) -> None:
    panel.own(Machine(at, "it", is_suspended=True) for at in desk.servers(HOUR))
    desk.rows.set_server("server-1", suspending_at=desk.now, expires_at=desk.now + 30 * 24 * HOUR)
    run = desk.run("ExpireServers")
    assert "Server was renewed, and runs again" in desk.said(run)
    assert not panel.machines[1].is_suspended and desk.rows.statuses == {"server-1": "ACTIVE"}
    assert desk.run("ExpireServers").result["total"] == 0


@pytest.mark.one_database
def test_without_a_panel_it_says_so_and_ends_well(open_desk: Open) -> None:
    desk = open_desk()
    desk.servers(HOUR)
    run = desk.run("ExpireServers")
    assert (run.state, run.result) == (State.SUCCESS, {"processed": 0, "total": 0, "failed": 0})
    assert "The panel is not configured: set ORARIO_GAMEHOST_PANEL_URL" in desk.said(run)
    assert desk.rows.statuses == {"server-1": "ACTIVE"}
