"""Certificates for a test's own TLS servers: an authority made at run time, and what it signs. Nothing of them outlives the test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_DAY = timedelta(days=1)


class Authority:
    """Signs servers' certificates; ``pem`` is its own, for those who shall believe it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "throw-away authority")])
        made = self._begun(self._name, self._key.public_key(), datetime.now(UTC) + _DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.pem = made.sign(self._key, SHA256()).public_bytes(Encoding.PEM).decode()

    def server(self, host: str, *, over: bool = False) -> str:
        """Certificate and key, PEM, of a server that calls itself ``host`` (a name or an address); ``over``: it ran out an hour ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "throw-away server")])
        made = self._begun(name, key.public_key(), datetime.now(UTC) + (-_DAY / 24 if over else _DAY))
        made = made.add_extension(x509.SubjectAlternativeName([_as_name(host)]), critical=False)
        certificate = made.sign(self._key, SHA256()).public_bytes(Encoding.PEM)
        return (certificate + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())).decode()

    def _begun(self, name: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - 3 * _DAY)
            .not_valid_after(until)
        )


def _as_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
