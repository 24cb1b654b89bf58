"""A DKIM key made for the tests' run, and the DNS that knows its public half."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # small, as it only lives for this run
PRIVATE = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
_PUBLIC = base64.b64encode(
    _KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
)
RECORDS = {f"s1._domainkey.{domain}.": b"v=DKIM1; k=rsa; p=" + _PUBLIC for domain in ("panaderialola.com.ar", "otra.com.ar")}


def dns(name: bytes | str, timeout: int = 5) -> bytes | None:
    """As dkimpy asks."""
    asked = name.decode() if isinstance(name, bytes) else name
    return RECORDS.get(asked if asked.endswith(".") else f"{asked}.")
