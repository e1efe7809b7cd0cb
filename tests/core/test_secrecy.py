"""What counts as a secret, and that it is hidden wherever it turns up."""

import base64
import json
from urllib.parse import quote

import pytest

from orario.core.errors import Invalid
from orario.core.masking import Masker
from orario.core.secrecy import MASK, is_secret_name, mask, restore


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Authorization",
        "X-Api-Key",
        "apiKey",
        "clientSecret",
        "DB_PASSWORD",
        "PGPASSWORD",
        "access_token",
        "Set-Cookie",
        "auth",
        "privateKey",
        "AWS_SECRET_ACCESS_KEY",
        "passphrase",
        "X-Auth-Token",
        "CRON_SECRET",
    ],
)
def test_these_names_mean_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["key", "keyboard", "max_tokens", "token_count", "password_file", "author", "secretary", "url", "", "_"],
)
def test_these_names_mean_none(name: str) -> None:
    assert not is_secret_name(name)


def test_a_secret_is_masked_by_name_at_any_depth() -> None:
    tree = {"headers": {"Authorization": "Bearer abc", "Accept": "x"}, "auth": ["user", "pw"], "token": None}
    assert mask(tree) == {
        "headers": {"Authorization": MASK, "Accept": "x"},
        "auth": [MASK, MASK],
        "token": None,
    }


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://ann:hunter2@host/x", f"https://ann:{MASK}@host/x"),
        ("postgresql://u:p@ss@h/db", f"postgresql://u:{MASK}@h/db"),
        ("https://host/cron?secret=s3cret&x=1", f"https://host/cron?secret={MASK}&x=1"),
        ("curl -H 'Authorization: Bearer abcdefgh' http://x", f"curl -H 'Authorization: {MASK}' http://x"),
        ('{"user": "ann", "password": "a b"}', '{"user": "ann", "password": "********"}'),
        ("PGPASSWORD=hunter2 psql", f"PGPASSWORD={MASK} psql"),
        ("mysql --password hunter2 -u ann", f"mysql --password {MASK} -u ann"),
        ("nothing to hide: at 10:30, a=b", "nothing to hide: at 10:30, a=b"),
    ],
)
def test_a_secret_inside_a_text_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_a_long_hostile_text_takes_no_long_time() -> None:
    for piece in ("a", "a:", "://", "a=", "--a ", "Bearer ", "a://b:", "authorization:"):
        mask(piece * (60_000 // len(piece)))


SECRET = "pä$$ wörd/&\"x'"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe="").lower(),
        json.dumps(SECRET)[1:-1],
        repr(SECRET)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        SECRET.encode().hex(),
    ],
)
def test_a_known_secret_is_hidden_in_every_disguise(form: str) -> None:
    hidden = Masker([SECRET]).text(f"before {form} after")
    assert hidden.startswith(f"before {MASK}")
    assert hidden.endswith(" after")


@pytest.mark.parametrize("around", ["", "a", "ab", "user:"])
def test_a_secret_is_hidden_inside_longer_base64(around: str) -> None:
    encoded = base64.b64encode(f"{around}hunter2hunter2{around}".encode()).decode()
    assert MASK in Masker(["hunter2hunter2"]).text(encoded)


def test_a_short_secret_is_hidden_only_where_it_stands_alone() -> None:
    assert Masker(["42"]).text("pin 42 of 420") == f"pin {MASK} of 420"


def test_trees_are_masked_in_keys_and_values() -> None:
    tree = {"hunter2": ["x hunter2", 5], "password": "other", "n": 12345}
    assert Masker(["hunter2", "12345"]).tree(tree) == {MASK: [f"x {MASK}", 5], "password": MASK, "n": MASK}


def test_a_mask_sent_back_keeps_the_stored_value() -> None:
    stored = {"headers": {"Authorization": {"$sealed": "x"}}, "url": {"$sealed": "y", "shown": f"a:{MASK}"}}
    sent = {"headers": {"Authorization": MASK}, "url": f"a:{MASK}", "new": 1}
    assert restore(sent, stored) == {**stored, "new": 1}


@pytest.mark.parametrize("sent", [{"password": MASK}, {"password": {"$sealed": "forged"}}])
def test_a_mask_without_a_stored_value_is_refused(sent: object) -> None:
    with pytest.raises(Invalid):
        restore(sent, {})
