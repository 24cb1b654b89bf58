"""How large a request may be: small everywhere, larger on the few routes that take files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

from escalation.attachments import TOGETHER_MAX
from escalation.file_store import FILE_MAX, MEGABYTE

View = TypeVar("View", bound=Callable[..., Any])

BODY_MAX_BYTES = MEGABYTE
# The form's other fields, and the lines between its parts.
FORM_BYTES = 256 * 1024
ONE_FILE = FILE_MAX + FORM_BYTES
SEVERAL_FILES = TOGETHER_MAX + FORM_BYTES


def body_up_to(max_bytes: int) -> Callable[[View], View]:
    """Says how many bytes the decorated view's requests may have."""

    def mark(view: View) -> View:
        view.body_max_bytes = max_bytes  # type: ignore[attr-defined]
        return view

    return mark


def body_max_of(endpoint: str | None) -> int:
    """The most bytes that a request to ``endpoint`` may have."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "body_max_bytes", BODY_MAX_BYTES)
