"""What happens in the directory happens here: who comes, changes, is locked out, leaves, returns."""

from collections.abc import Callable

import pytest

from orario import State
from orario.service.secrets import SecretDocument
from orario.testing import TESTER
from tests.apps.directory.house import House, done
from tests.servers.slapd import ACCOUNT, BASE, LIMITED, PASSWORD, Slapd, dn, group_dn, person

MakeHouse = Callable[..., House]


def test_who_comes_goes_and_returns_is_followed(house: MakeHouse, few: Slapd) -> None:
    here = house(few)
    assert done(here.synced()) == {"created": 30, "read": 30}
    new = f"uid=zoë,ou=people,{BASE}"
    few.add(new, ["inetOrgPerson"], {"cn": "Zoë Łukasz 🚀", "sn": "Łukasz", "mail": "zoe@xn--bcher-kva.example"})
    few.rename(dn(3), "uid=renamed")
    few.delete(dn(4), dn(5))
    assert done(here.synced()) == {"created": 1, "updated": 1, "disabled": 2, "read": 2}
    rows = here.users()
    assert rows["zoë"]["display_name"] == "Zoë Łukasz 🚀" and rows["zoë"]["email"] == "zoe@xn--bcher-kva.example"
    assert rows["renamed"]["dn"] == f"uid=renamed,ou=people,{BASE}" and "user00003" not in rows
    gone = rows["user00004"]
    assert (gone["is_active"], gone["inactive_reason"], gone["inactive_since"]) == (False, "gone", here.harness.now)
    few.delete(new)
    here.harness.advance("1h")
    assert not here.users()["zoë"]["is_active"], "the job itself has run"
    assert here.told() == {"created": 31, "updated": 1, "disabled": 3}


def test_many_who_are_gone_at_once_are_not_believed(house: MakeHouse, few: Slapd) -> None:
    here = house(few, max_gone_free=2)
    here.synced()
    few.delete(*map(dn, range(10)))
    few.change(dn(20), mail="new@example.org")
    said = here.refused()
    assert "no longer has 10 of 30 users (33%); more than 10% is refused, and nothing was changed" in said
    assert here.users()["user00020"]["email"] == "user00020@example.org"
    dry = here.synced(dry_run=True)
    assert done(dry) == {"updated": 1, "disabled": 10, "read": 1} and dry["dry_run"]
    assert here.told() == {"created": 30} and all(row["is_active"] for row in here.users().values())
    assert done(here.synced(allow_mass_disable=True)) == {"updated": 1, "disabled": 10, "read": 1}
    few.stop()
    few.start()
    assert done(here.synced()) == {}


@pytest.mark.one_database
def test_a_wrong_base_or_filter_disables_nobody(
    house: MakeHouse, few: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = house(few)
    here.synced()
    settings = here.harness.runtime.apps[0].config
    for name, value in (("users_base", f"ou=groups,{BASE}"), ("users_filter", "(title=none)")):
        monkeypatch.setattr(settings, name, value)
        assert "no longer has 30 of 30 users (100%)" in here.refused()
        monkeypatch.setattr(settings, name, None)
    monkeypatch.setattr(settings, "users_base", "ou=nowhere,dc=example,dc=org")
    assert "noSuchObject" in here.refused()
    assert all(row["is_active"] for row in here.users().values())


def test_groups_and_their_members_are_followed(house: MakeHouse, few: Slapd) -> None:
    here = house(few)
    here.synced()
    assert done(here.synced("domain-group-sync")) == {"created": 2, "read": 2}
    assert here.groups() == {
        "staff": (True, {f"user{number:05d}" for number in range(20)}),
        "Vertrieb, Süd": (True, {"user00001", "user00002"}),
    }
    few.join(group_dn("Vertrieb, Süd"), dn(7), leaving=[dn(1)])
    assert done(here.synced("domain-group-sync")) == {"updated": 1, "read": 1}
    assert here.groups()["Vertrieb, Süd"] == (True, {"user00002", "user00007"})
    few.delete(group_dn("staff"))
    assert done(here.synced("domain-group-sync")) == {"disabled": 1}
    assert here.groups()["staff"][0] is False


@pytest.mark.one_database
def test_an_answer_that_is_cut_off_is_not_taken_for_the_whole(
    house: MakeHouse, few: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = house(few, page_size=10)
    here.synced()
    monkeypatch.setattr(here.harness.runtime.apps[0].config, "user", LIMITED)
    assert "gave a part of what there is and no more: sizeLimitExceeded" in here.refused(allow_mass_disable=True)
    assert all(row["is_active"] for row in here.users().values())


@pytest.mark.one_database
def test_who_is_in_a_folder_that_is_renamed_is_followed(house: MakeHouse, few: Slapd) -> None:
    here = house(few)
    here.synced()
    few.rename(f"ou=people,{BASE}", "ou=staff")
    assert done(here.synced()) == {"updated": 30, "read": 30}
    assert here.users()["user00001"]["dn"] == f"uid=user00001,ou=staff,{BASE}"


@pytest.mark.one_database
def test_an_entry_that_cannot_be_a_user_is_left_out_and_told(house: MakeHouse, few: Slapd) -> None:
    few.add(f"cn=Nobody\\, Ann,ou=people,{BASE}", ["inetOrgPerson"], {"cn": "Nobody, Ann", "sn": "Nobody"})
    here = house(few)
    ended = here.run("domain-user-sync")
    assert isinstance(ended.result, dict) and done(ended.result) == {"created": 30, "failed": 1, "read": 31}
    assert ended.state is State.SUCCESS and "it has no uid" in here.lines(ended)
    assert ended.progress is not None and (ended.progress.total, ended.progress.failed) == (31, 1)
    assert done(here.synced()) == {"failed": 1, "read": 1}


@pytest.mark.one_database
def test_active_directory_is_read_by_its_own_names(house: MakeHouse) -> None:
    def account(number: int, control: int, changed: int) -> str:
        return person(
            number,
            objectClass="user", objectCategory="person", sAMAccountName=f"DOM{number}", department="Büro",
            userAccountControl=str(control), uSNChanged=str(changed), lastLogonTimestamp="134000000000000000",
            **{"objectGUID:": GUIDS[number]},
        )  # fmt: skip

    server = Slapd([account(0, 512, 100), account(1, 514, 101), account(2, 512, 102)], is_ad=True)
    try:
        here = house(server)
        assert done(here.synced()) == {"created": 3, "read": 3}
        rows = here.users()
        assert rows["DOM0"]["key"] == "00112233-4455-6677-8899-aabbccddee00", "as Windows writes it"
        assert rows["DOM0"]["department"] == "Büro" and f"{rows['DOM0']['last_used_at']:%Y-%m}" == "2025-08"
        assert [rows[f"DOM{at}"]["inactive_reason"] for at in range(3)] == [None, "disabled", None]
        server.change(dn(1), userAccountControl="512", uSNChanged="200")
        server.change(dn(2), userAccountControl="514", uSNChanged="201")
        assert done(here.synced()) == {"enabled": 1, "disabled": 1, "read": 2}
    finally:
        server.close()


GUIDS = ["MyIRAFVEd2aImaq7zN3uAA==", "MyIRAFVEd2aImaq7zN3uAQ==", "MyIRAFVEd2aImaq7zN3uAg=="]


@pytest.mark.one_database
def test_stamps_no_finer_than_a_second_hide_nothing(house: MakeHouse, few: Slapd) -> None:
    here = house(few, track="modifyTimestamp")
    here.synced()
    few.change(dn(1), mail="one@example.org")
    assert done(here.synced())["updated"] == 1
    few.change(dn(1), mail="two@example.org")
    assert done(here.synced())["updated"] == 1, "perhaps within the same second"


@pytest.mark.one_database
def test_the_password_may_be_a_named_secret_and_is_never_seen(
    house: MakeHouse, few: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORARIO_DIRECTORY_PASSWORD", "${secret:ad_password}")
    here = house(few, tls="starttls", ca_file=few.certificate)
    assert "no secret is named ad_password" in here.refused()
    secrets, settings = here.harness.services.secrets, here.harness.runtime.apps[0].config
    secrets.put("ad_password", SecretDocument(value=PASSWORD), TESTER)
    assert here.synced("domain-user-sync")["synced_count"] == 30
    monkeypatch.setattr(settings, "urls", [few.other_url])
    assert "certificate is not valid for '127.0.0.2'" in here.refused()
    monkeypatch.setattr(settings, "urls", ["ldap://127.0.0.1:1", few.tls_url])
    health = here.synced("domain-health-check")
    assert health["healthy"] == 1 and [one["ok"] for one in health["servers"]] == [False, True]
    assert health["servers"][1]["certificate_days"] == 19
    assert here.synced("domain-user-sync")["synced_count"] == 30, "from the server that answers"
    secrets.put("ad_password", SecretDocument(value="wrong-pässword"), TESTER)
    ended = here.run("domain-user-sync")
    assert ended.error_message and "invalidCredentials" in ended.error_message
    assert "pässword" not in f"{ended}{here.lines(ended)}" and ACCOUNT not in str(ended.error_message)
