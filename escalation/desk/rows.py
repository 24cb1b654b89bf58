"""Rows that two requests of one person may want to add in the same instant."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from escalation.models import Base


def add_once(session: Session, row: Base) -> bool:
    """Add it, unless one of that key came first; says whether it was added. The transaction goes on either way."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True
