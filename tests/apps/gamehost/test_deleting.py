"""DeleteServers: only what is expired for longer than the retention, at the panel first, then here."""

from datetime import timedelta

from orario import State
from orario.apps.gamehost.demo.panel import Fault, Machine, PanelStandIn
from tests.apps.gamehost.desk import Desk

DAY = timedelta(days=1)


def test_only_what_is_expired_for_more_than_90_days_is_deleted_at_the_panel_then_here(
    desk: Desk, panel: PanelStandIn
) -> None:
    ages = (90 * DAY, 90 * DAY - timedelta(seconds=1), 200 * DAY, 300 * DAY, 91 * DAY)
    panel.own(Machine(at, "it") for at in desk.servers(*ages, status="EXPIRED"))
    desk.rows.server("paid", desk.now - 400 * DAY, pt_admin_id=9, status="ACTIVE")
    del panel.machines[3]  # by a run that was cut off before it could say so, or by hand
    panel.faults = {4: [Fault(503, is_done=False)] * 3, 5: [Fault(None, is_done=True)]}
    run = desk.run("DeleteServers")
    assert str(run.error_message).endswith("Pterodactyl API error: 503 Service Unavailable")
    assert (run.progress.processed, run.progress.failed) == (4, 1)
    assert desk.rows.statuses == {"paid": "ACTIVE", "server-2": "EXPIRED", "server-4": "EXPIRED"}
    assert set(panel.machines) == {2, 4}
    assert "Server is not at the panel any more" in desk.said(run)
    assert desk.run("DeleteServers").state is State.SUCCESS
    assert set(panel.machines) == {2} and desk.rows.statuses == {"paid": "ACTIVE", "server-2": "EXPIRED"}


def test_a_server_that_is_renewed_meanwhile_is_kept(desk: Desk, panel: PanelStandIn) -> None:
    panel.own(Machine(at, "it") for at in desk.servers(92 * DAY, 91 * DAY, status="EXPIRED"))
    panel.hears = lambda method, id: desk.rows.set_server("server-2", status="ACTIVE", expires_at=desk.now + DAY)
    run = desk.run("DeleteServers")
    assert "Server is not to be deleted any more" in desk.said(run)
    assert set(panel.machines) == {2} and desk.rows.statuses == {"server-2": "ACTIVE"}
