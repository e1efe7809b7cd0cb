"""Secrets that are split: over lines, over cuts, over encodings; and what is told of them, in which order."""

import base64

from hypothesis import given
from hypothesis import strategies as some

from orario.core.masking import Masker
from orario.core.secrecy import MASK
from orario.core.splitting import Stream

SECRET = "Tr0ub4dor&3-xkcd-936-staple/QQ=="
WINDOW = 12

tokens = some.text(
    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_/+&%\"' ", min_size=24, max_size=60
).filter(lambda text: len(set(text)) > 12 and text == text.strip())


class Log:
    """What came of the lines, in order."""

    def __init__(self, *secrets: str) -> None:
        self.stream = Stream(Masker(secrets))
        self.lines: list[str] = []

    def add(self, *lines: str, channel: str = "out") -> "Log":
        for line in lines:
            self.stream.add(channel, line, self.lines.append)
        return self


def test_a_secret_on_two_lines_is_hidden_on_both() -> None:
    log = Log(SECRET).add("before", f"it is {SECRET[:9]}", f"{SECRET[9:]} as said", "after")
    assert log.lines == ["before", f"it is {MASK}", f"{MASK} as said", "after"]


def test_a_line_that_may_begin_a_secret_waits_for_the_next() -> None:
    log = Log("password-of-the-till").add("give the pass")
    assert log.lines == []
    assert log.add("to whom it belongs").lines == ["give the pass", "to whom it belongs"]


def test_what_comes_after_a_waiting_line_waits_behind_it() -> None:
    log = Log(SECRET).add(SECRET[:6]).add("an error", channel="err")
    assert log.lines == []
    assert log.add("harmless").lines == [SECRET[:6], "an error", "harmless"]


def test_a_beginning_that_is_never_continued_is_told_when_it_is_released_unless_it_tells_much() -> None:
    short, long = Log(SECRET).add(f"a {SECRET[:6]}"), Log(SECRET).add(f"a {SECRET[:9]}")
    short.stream.release()
    long.stream.release()
    assert short.lines == [f"a {SECRET[:6]}"]
    assert long.lines == [f"a {MASK}"]


def test_a_secret_that_goes_on_after_the_release_is_still_hidden() -> None:
    log = Log(SECRET).add(SECRET[:6])
    log.stream.release()
    assert log.add(SECRET[6:]).lines == [SECRET[:6], MASK]


def test_channels_do_not_disturb_each_other() -> None:
    log = Log(SECRET)
    for at in range(0, len(SECRET), 8):
        log.add(SECRET[at : at + 8]).add("tick", channel="err")
    assert log.lines == [MASK, "tick"] * 4


def test_empty_lines_in_between_do_not_help_a_secret_through() -> None:
    assert Log(SECRET).add(SECRET[:10], "", SECRET[10:]).lines == [MASK, "", MASK]


def test_lines_of_an_attempt_without_secrets_never_wait() -> None:
    assert Log().add("a", "b").lines == ["a", "b"]


@given(
    tokens, some.lists(some.integers(1, 20), min_size=1, max_size=12), some.sampled_from(["plain", "base64", "hex"])
)
def test_however_a_secret_is_broken_no_telling_piece_of_it_is_left(token: str, cuts: list[int], form: str) -> None:
    octets = token.encode()
    whole = {"plain": token, "base64": base64.b64encode(octets).decode(), "hex": octets.hex()}[form]
    lines, rest = list[str](), whole
    for cut in cuts:
        lines, rest = [*lines, rest[:cut]], rest[cut:]
    log = Log(token).add("first", *lines, rest, "last")
    log.stream.release()
    for told in ("".join(log.lines), "".join(Masker([token]).text("\n".join(lines)).split("\n"))):
        assert not [at for at in range(len(whole) - WINDOW) if whole[at : at + WINDOW] in told]


@given(tokens, some.integers(0, 30), some.integers(13, 40))
def test_a_piece_that_was_cut_out_of_a_secret_is_hidden_wherever_it_stands(token: str, start: int, size: int) -> None:
    piece = token[start : start + size]
    told = Masker([token]).text(f"it says '{piece}', more or less")
    assert len(piece) <= WINDOW or piece not in told


def test_a_private_key_is_hidden_line_by_line_and_folded_anew() -> None:
    body = base64.b64encode(bytes(range(200))).decode()
    key = f"-----BEGIN KEY-----\n{body[:64]}\n{body[64:128]}\n{body[128:]}\n-----END KEY-----\n"
    told = Masker([key]).text(f"read {body[64:128]} and\n{body[10:50]}\n{body[50:90]}")
    assert told == f"read {MASK} and\n{MASK}"


def test_partial_url_encoding_hides_nothing_from_us() -> None:
    secret = "pä$$/wörd&more"
    for text in ("p%C3%A4$$%2Fw%c3%b6rd&more", "pä%24%24/w%C3%B6rd%26more"):
        assert Masker([secret]).text(f"http://h/?q={text}#x") == f"http://h/?q={MASK}#x"


def test_a_secret_of_one_letter_repeated_takes_no_long_time() -> None:
    assert "a" * WINDOW not in Masker(["a" * 40]).text("a" * 32_000)
