"""RSA as Alipay (RSA2) and WeChat Pay use it: SHA-256 with PKCS #1 v1.5, signatures in base64. Keys as PEM, or as their bare base64."""

from __future__ import annotations

import base64
import binascii
import textwrap

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


def private_key(text: str) -> RSAPrivateKey:
    """The key in ``text``; raises ValueError when it is none. The message never holds the key."""
    return _private(_pem(text, "PRIVATE KEY"))


def public_key(text: str) -> RSAPublicKey:
    """The public key, or that of the certificate, in ``text``; raises ValueError."""
    pem = _pem(text, "PUBLIC KEY")
    certified = b"BEGIN CERTIFICATE" in pem
    try:
        found = x509.load_pem_x509_certificate(pem).public_key() if certified else load_pem_public_key(pem)
    except ValueError:
        raise ValueError("is no public key and no certificate") from None
    if not isinstance(found, RSAPublicKey):
        raise ValueError("is no RSA key")
    return found


def authorities(text: str) -> tuple[x509.Certificate, ...]:
    """Those whose certificates are in ``text`` (PEM, one or several); raises ValueError when there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(text.encode()))
    except ValueError:
        raise ValueError("is no certificate in PEM") from None


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def verified(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the owner of ``key`` signed exactly this."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _private(pem: bytes) -> RSAPrivateKey:
    try:
        found = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise ValueError("is no private key without a password") from None
    if not isinstance(found, RSAPrivateKey):
        raise ValueError("is no RSA key")
    return found


def _pem(text: str, what: str) -> bytes:
    """Alipay hands keys out as one line of base64."""
    if "-----BEGIN" in text:
        return text.encode()
    lines = "\n".join(textwrap.wrap("".join(text.split()), 64))
    return f"-----BEGIN {what}-----\n{lines}\n-----END {what}-----\n".encode()
