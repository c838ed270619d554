"""Personal data at rest: sealed with AES-GCM, found again by a keyed hash.

Law of this module: whoever holds the database but not the key learns nothing but lengths and equality of fingerprints. The
two uses of the key are separated by HKDF, so that a fingerprint never helps to open a seal.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """The bytes were not sealed with this key, or were changed since. The message never holds what was sealed."""


def _derive(key: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hotline vault " + use).derive(key)


class Vault:
    """Seals and opens short texts. One key of 32 bytes; a wrong length is a configuration error (ValueError)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("the vault's key must have 32 bytes")
        self._cipher = AESGCM(_derive(key, b"seal"))
        self._print_key = _derive(key, b"fingerprint")

    def seal(self, text: str) -> bytes:
        """Ciphertext of ``text``: another one at each call. 29 bytes longer than its UTF-8."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, text.encode("utf-8", "surrogatepass"), _VERSION)

    def seal_all(self, texts: Iterable[str]) -> list[bytes]:
        """As ``seal`` of each, with the nonces drawn at once: in a batch that is a third of the work."""
        said = [text.encode("utf-8", "surrogatepass") for text in texts]
        drawn = os.urandom(_NONCE_BYTES * len(said))
        nonces = [drawn[at : at + _NONCE_BYTES] for at in range(0, len(drawn), _NONCE_BYTES)]
        encrypt = self._cipher.encrypt
        return [_VERSION + nonce + encrypt(nonce, data, _VERSION) for nonce, data in zip(nonces, said, strict=True)]

    def open(self, sealed: bytes) -> str:
        """What was sealed; raises SealBroken."""
        body = bytes(sealed)
        if body[:1] != _VERSION or len(body) < 1 + _NONCE_BYTES:
            raise SealBroken("not a seal of this version")
        nonce, ciphertext = body[1 : 1 + _NONCE_BYTES], body[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, _VERSION).decode("utf-8", "surrogatepass")
        except InvalidTag:
            raise SealBroken("sealed with another key, or changed since") from None

    def fingerprint(self, text: str) -> bytes:
        """HMAC-SHA256 of ``text``, 32 bytes: equal texts have equal prints, under this key only."""
        return hmac.digest(self._print_key, text.encode("utf-8", "surrogatepass"), "sha256")
