"""What people type, as a database can keep it."""

from __future__ import annotations


def storable(text: str) -> str:
    """Without NUL, which PostgreSQL's texts cannot hold, and without halves of surrogate pairs, which no UTF-8 can."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
