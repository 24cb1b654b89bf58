"""Addresses that nobody was ever given are not found, before they reach a database that could not even compare them."""

from __future__ import annotations

from flask import abort, request


def refuse_unsound_paths() -> None:
    """PostgreSQL takes no NUL in a text, not even to say that there is no such row; no id of ours has one."""
    for value in (request.view_args or {}).values():
        if isinstance(value, str) and not value.isprintable():
            abort(404)
