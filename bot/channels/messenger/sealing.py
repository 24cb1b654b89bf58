"""Text that must wait in the database and may hold a log-in code: encrypted with a key that is not in it."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """Fernet (AES-128-CBC with HMAC) under a key made from the conversation secret."""

    def __init__(self, secret: str) -> None:
        key = hashlib.sha256(b"messenger sealed text|" + secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, text: str) -> str:
        """``text``, unreadable without the secret."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The text; None where it was sealed with another secret."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None
