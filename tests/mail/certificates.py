"""A certificate authority of the tests' own, and the certificate that it gave to the mail server on loopback."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def write(folder: Path) -> None:
    """``ca.pem``, and ``cert.pem`` with ``key.pem`` for 127.0.0.1, and for no other name."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _builder("Autoridad de prueba", "Autoridad de prueba", authority_key.public_key())
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    signed_authority = authority.add_extension(constraints, critical=True).sign(authority_key, hashes.SHA256())
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    leaf = _builder("127.0.0.1", "Autoridad de prueba", key.public_key())
    signed = leaf.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(authority_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(signed_authority.public_bytes(pem))
    (folder / "cert.pem").write_bytes(signed.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    (folder / "key.pem").chmod(0o600)


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
