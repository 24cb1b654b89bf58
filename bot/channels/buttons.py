"""Buttons are ours: a payload is obeyed only where we issued it for this very conversation."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

_PURPOSE = "button"


class Buttons:
    """Signs what a button does and reads it back."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt=_PURPOSE)

    def issue(self, conversation_id: str, payload: str, title: str) -> str:
        """An opaque payload for one conversation; carries the title, so that history shows what was pressed."""
        return str(self._serializer.dumps([conversation_id, payload, title]))

    def read(self, conversation_id: str, token: str) -> tuple[str, str] | None:
        """``(payload, title)``, or None where we did not issue ``token`` for this conversation."""
        try:
            issued_for, payload, title = self._serializer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return (payload, title) if issued_for == conversation_id else None
