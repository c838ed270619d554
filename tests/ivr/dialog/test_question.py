"""What keys mean, apart from any call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialog.question import (
    KEYS_MOST,
    NO_SUCH_KEY,
    PAGE,
    STRIKES,
    Items,
    More,
    Sign,
    Strikes,
    confirm,
    heard,
    menu,
    pages,
)
from ivr.speech.words import Fixed

HEAD = (Fixed("who"),)


@pytest.mark.parametrize(
    ("keys", "identity", "meaning"),
    [
        ("", False, Sign.SILENCE),
        ("0", False, Sign.AGENT),
        ("0", True, Sign.AGENT),
        ("00", False, "00"),
        ("*", False, Sign.BACK),
        ("*", True, Sign.BACK),
        ("12*", False, Sign.BACK),
        ("11010519491231002*", True, "11010519491231002X"),
        ("11010519491231002*", False, Sign.BACK),
        ("1101051949123100*2", True, Sign.BACK),
        ("1101051949123100**", True, Sign.BACK),
        ("1101051949123*", True, Sign.BACK),
        ("00868", False, "00868"),
    ],
)
def test_heard(keys: str, identity: bool, meaning: object) -> None:
    """0 alone is the agent, * is back, and X only as the 18th place of an identity number."""
    assert heard(keys, identity=identity) == meaning


@given(st.text("0123456789*", max_size=18), st.booleans())
def test_star_never_reaches_a_flow(keys: str, identity: bool) -> None:
    """Whatever is keyed, an answer holds digits, and an X at most in its last place."""
    answer = heard(keys, identity=identity)
    if isinstance(answer, str):
        assert answer.removesuffix("X").isdigit()
        assert answer != "0"


def test_strikes_are_counted_apart() -> None:
    """Two silences and two wrong keys are not three of either."""
    strikes = Strikes()
    assert not any([strikes.silence(), strikes.wrong(), strikes.silence(), strikes.wrong()])
    assert strikes.silence()
    assert strikes.wrong()
    assert STRIKES == 3


def test_menu() -> None:
    """A key of the menu is its choice, any other is none."""
    question = menu(HEAD, {"1": "one"})
    assert question.digits == 1
    assert question.read("1") == "one"
    assert question.read("2") is NO_SUCH_KEY


def test_confirm() -> None:
    """Only 1 is a yes; the read-back is heard again with the question."""
    question = confirm(HEAD, (Fixed("confirm-book"),))
    assert [question.read(key) for key in "12"] == [True, False]
    assert question.again == question.prompt == (*HEAD, Fixed("confirm-book"))


@given(st.integers(0, 23), st.booleans())
def test_pages(count: int, extra: bool) -> None:
    """Every item is on exactly one page under a key of its own; a page has five keys at most; 9 goes round; the further keys are
    on every page."""
    rows = tuple(((Fixed(f"n{n}"),), n) for n in range(count))
    found = pages(Items(head=HEAD, rows=rows, extra={"8": (HEAD, "other")} if extra else {}))
    values = [value for _, keys in found for value in keys.values() if isinstance(value, int)]
    assert values == list(range(count))
    assert all(len(keys) <= KEYS_MOST for _, keys in found)
    assert all({"1", "2", "3", "4", "8", "9"}.issuperset(keys) for _, keys in found)
    assert all((keys.get("8") == "other") is extra for _, keys in found)
    assert all((keys.get("9") is More.MORE) is (len(found) > 1) for _, keys in found)
    assert len(found) == max(1, -(-count // (3 if extra and count > PAGE else PAGE)))
    if len(found) > 1:
        assert Fixed("from-start") in found[-1][0]
        assert Fixed("more") in found[0][0]
