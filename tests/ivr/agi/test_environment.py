"""What Asterisk tells about a call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.agi.environment import AgiEnvironment, decode, read_environment


def env(**fields: str) -> AgiEnvironment:
    return AgiEnvironment(fields)


@pytest.mark.parametrize(
    ("script", "path"),
    [("hotline", "hotline"), ("/hotline/", "hotline"), ("hotline?a=1&b=%E5%8C%BB", "hotline"), ("", "")],
)
def test_script(script: str, path: str) -> None:
    """The path names the flow; the query is apart."""
    assert env(network_script=script).script == path


@pytest.mark.parametrize(
    ("number", "presentation", "usable"),
    [
        ("13800138000", "0", "13800138000"),
        ("13800138000", "1", "13800138000"),
        ("13800138000", "35", None),
        ("unknown", "67", None),
        ("unknown", "0", None),
        ("Anonymous", "0", None),
        ("", "0", None),
        ("13800138000", "four", None),
        ("13800138000", "9" * 5000, None),
    ],
)
def test_caller(number: str, presentation: str, usable: str | None) -> None:
    """A number that is withheld, missing or not to be shown is no number."""
    assert env(callerid=number, callingpres=presentation).caller_raw == usable


def test_uniqueid_is_harmless() -> None:
    """What becomes part of log lines and keys holds nothing but letters, digits and a few marks."""
    assert env(uniqueid="pbx-1784.7\x1b[31m{}" + "9" * 99).uniqueid == ("pbx-1784.731m" + "9" * 99)[:64]


def test_presentation() -> None:
    """It is given as it came; a number that came without one may be shown."""
    assert env().presentation == 0
    assert env(callingpres="67").presentation == 67


def test_values_with_colons_and_gbk_names() -> None:
    """A value may hold colons, and a name may be GBK."""
    header = "agi_request: agi://10.0.0.1:4573/hotline\nagi_calleridname: 张三".encode("gbk")
    found, gone = read_environment(header)
    assert found is not None
    assert found.fields == {"request": "agi://10.0.0.1:4573/hotline", "calleridname": "张三"}
    assert not gone


@given(st.binary(max_size=300))
def test_decoding_never_fails(data: bytes) -> None:
    """Any bytes are some text."""
    assert isinstance(decode(data), str)
