"""CheckNewVersions: what is new in a manifest is told once."""

import pytest

from orario import State
from orario.apps.gamehost import versions
from orario.apps.gamehost.demo.panel import PanelStandIn
from orario.apps.gamehost.failures import RunFailed
from orario.apps.gamehost.versions import parsed
from tests.apps.gamehost.conftest import Open
from tests.apps.notify.servers import webhook
from tests.apps.notify.shop import hook


def test_only_what_was_not_there_before_is_news(
    open_desk: Open, panel: PanelStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORARIO_GAMEHOST_VERSIONS_MAIL_TO", "staff@example.com")
    desk = open_desk()
    with webhook() as receiver:
        hook(receiver)
        first, second = desk.run("CheckNewVersions"), desk.run("CheckNewVersions")
    assert receiver.sentences == ["There are new versions of democraft."]
    assert receiver.calls[0].data["details"] == {"democraft": "1.21.5"}
    assert first.result["new"] == {} and not any("New versions" in line for line in desk.said(first))
    assert second.result["new"] == {"democraft": ["1.21.5"]}
    assert "New versions of democraft: 1.21.5" in desk.said(second)
    assert [(one.to_address, one.subject) for one in desk.rows.mails] == [
        ("staff@example.com", "New game versions: democraft")
    ]
    panel.games = {"democraft": ["1.21.5"], "valheim 🪓": ["0.219"]}
    assert desk.run("CheckNewVersions").result == {"processed": 2, "total": 2, "failed": 0, "new": {}}


@pytest.mark.one_database
def test_what_a_run_has_learned_that_was_cut_off_it_has_told_too(
    open_desk: Open, panel: PanelStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORARIO_GAMEHOST_VERSIONS_MAIL_TO", "staff@example.com")
    desk = open_desk()
    panel.games = {"Țărâna 🪓": ["1.0"]}
    with webhook() as receiver:
        hook(receiver)
        desk.run("CheckNewVersions")
        with monkeypatch.context() as patch:
            patch.setattr(versions, "result", cut_off)
            assert desk.run("CheckNewVersions").state is State.FAILED
        panel.games = {"Țărâna 🪓": ["1.0", "1.1"]}  # as it was then
        assert desk.run("CheckNewVersions").result["new"] == {}
    told = [one for one in receiver.sentences if "new versions" in one]
    assert told == ["There are new versions of Țărâna 🪓."] and len(desk.rows.mails) == 1


def cut_off(*_: object) -> None:
    raise RuntimeError("the process ends here")


@pytest.mark.one_database
def test_without_a_manifest_it_says_so_and_a_bad_one_fails(open_desk: Open, panel: PanelStandIn) -> None:
    panel.games = {"\n": ["1.0"]}
    desk = open_desk()
    run = desk.run("CheckNewVersions")
    assert run.state is State.FAILED and "is not of a form that is known" in str(run.error_message)


def test_a_manifest_may_be_mojangs_or_a_plain_one() -> None:
    mojang = b'{"latest": {"release": "1.21.4"}, "versions": [{"id": "1.21.4", "type": "release"}, {"id": "1.21.3"}]}'
    assert parsed(mojang) == {"minecraft": ["1.21.4", "1.21.3"]}
    assert parsed(b'{"games": {"rust": "2026.1", "ark": ["1", "1"]}}') == {"rust": ["2026.1"], "ark": ["1"]}
    for bad in (b"<html>", b"[]", b'{"rust": 5}', b'{"versions": [{}]}', b'{"rust": [""]}'):
        with pytest.raises(RunFailed):
            parsed(bad)
