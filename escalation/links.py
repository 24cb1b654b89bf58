"""Secrets that travel as links in mails: random, kept as hashes only."""

from __future__ import annotations

import hashlib
import secrets

# As long as a session's: it cannot be guessed within its life or after.
TOKEN_BYTES = 32


def new_token() -> str:
    """For the link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """For the row."""
    return hashlib.sha256(token.encode()).hexdigest()
