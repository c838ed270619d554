"""The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1), both ways, whole.

Over SMPP each septet usually travels in a byte of its own ("unpacked"); some SMSCs pack eight into seven. A character of
the extension table is the pair ESC + septet and must never be parted. National shift tables are not used here.
"""

from __future__ import annotations

from typing import Final

ESC: Final = 0x1B

_DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_ENCODE: Final[dict[str, bytes]] = {
    **{char: bytes([code]) for code, char in enumerate(_DEFAULT) if code != ESC},
    **{char: bytes([ESC, code]) for code, char in _EXTENSION.items()},
}
_TO_SEPTETS: Final = {ord(char): septets.decode("latin-1") for char, septets in _ENCODE.items()}


def encode(text: str) -> bytes | None:
    """The text's septets, one in a byte, or None when a character is not in the alphabet."""
    if not all(char in _ENCODE for char in text):
        return None
    return text.translate(_TO_SEPTETS).encode("latin-1")


def decode(septets: bytes) -> str:
    """The text of unpacked septets. Never raises: bit 8 is dropped, ESC before an unknown septet shows that septet's
    plain character (as 23.038 asks), an ESC at the end is dropped."""
    chars = []
    escaped = False
    for byte in septets:
        code = byte & 0x7F
        if escaped:
            chars.append(_EXTENSION.get(code) or ("" if code == ESC else _DEFAULT[code]))
            escaped = False
        elif code == ESC:
            escaped = True
        else:
            chars.append(_DEFAULT[code])
    return "".join(chars)


def extension(char: str) -> str | None:
    """What ESC and this plain character mean together, if anything: ``e`` → ``€``."""
    plain = _ENCODE.get(char, b"")
    return _EXTENSION.get(plain[0]) if len(plain) == 1 else None


def unpack(packed: bytes) -> bytes:
    """Eight septets out of seven bytes, the first septet lowest (23.038, 6.1.2.1).

    Seven spare bits at the end look like an ``@``; senders fill them with a CR, dropped here.
    """
    bits = int.from_bytes(packed, "little")
    count = len(packed) * 8 // 7
    septets = bytes((bits >> (7 * place)) & 0x7F for place in range(count))
    return septets[:-1] if count and count % 8 == 0 and septets[-1] in (0x00, 0x0D) else septets
