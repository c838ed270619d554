"""What Asterisk tells about a call before the first command: ``agi_*`` lines.

The names a caller's exchange sends may be GBK, UTF-8 or neither; reading never fails on them. ``-`` stands for ``unknown``
in nothing here: an absent field is an empty text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WITHHELD = frozenset({"", "unknown", "anonymous", "restricted", "unavailable", "<unknown>", "private"})
_PRESENTED = frozenset({0, 1, 2, 3})  # the low numbers of Asterisk's presentations: allowed, screened or not
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def decode(data: bytes) -> str:
    """UTF-8, else GBK (GB 18030), else UTF-8 with replacement marks: never raises."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            return data.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class AgiEnvironment:
    """The fields as they came, without ``agi_``; the properties read them."""

    fields: dict[str, str]

    @property
    def script(self) -> str:
        """The path of ``agi://host/path?query``, without slashes at its ends: which flow is wanted."""
        return self.fields.get("network_script", "").partition("?")[0].strip("/")

    @property
    def uniqueid(self) -> str:
        """Asterisk's name for the channel; only letters, digits, ``.``, ``_`` and ``-``, at most 64 of them."""
        return _UNSAFE.sub("", self.fields.get("uniqueid", ""))[:64]

    @property
    def presentation(self) -> int:
        """Asterisk's number for whether the caller's number may be shown; 0 when it may, 67 when there is none, -1 when unreadable."""
        text = self.fields.get("callingpres", "0")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1

    @property
    def caller_raw(self) -> str | None:
        """The caller's number as the exchange sent it; None when there is none or it must not be used."""
        number = self.fields.get("callerid", "")
        if self.presentation not in _PRESENTED or number.lower() in _WITHHELD:
            return None
        return number


def read_environment(header: bytes) -> tuple[AgiEnvironment | None, bool]:
    """The environment of the lines before the blank one (None when one is no ``name: value``), and whether HANGUP stood among them."""
    gone = False
    fields: dict[str, str] = {}
    for line in decode(header).split("\n"):
        if line == "HANGUP":
            gone = True
            continue
        name, colon, value = line.partition(":")
        if not colon:
            return None, gone
        fields[name.removeprefix("agi_")] = value.strip()
    return AgiEnvironment(fields), gone
