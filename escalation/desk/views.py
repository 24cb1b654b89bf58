"""Lists that staff come back to: a queue with its filters and order under a name, one's own or everybody's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation.console_models import SavedView
from escalation.desk.text import storable
from escalation.desk.wanted import Wanted
from escalation.errors import InvalidReport, NotAllowed, NotFound
from escalation.models import Role, Staff

NAME_MAX = 60
# A bar with more is no short way to anything.
VIEWS_MAX = 30


def save(session: Session, member: Staff, name: str, wanted: Wanted, shared: bool, now: datetime) -> SavedView:
    """Under a name that he has already it takes the place of the old one.

    Raises:
        InvalidReport: no name, too long, or he has too many.
    """
    called = " ".join(storable(name).split())
    if not called or len(called) > NAME_MAX:
        raise InvalidReport(f"a name has 1 to {NAME_MAX} characters", name="length")
    own = select(SavedView).where(SavedView.staff_id == member.id)
    view = session.scalar(own.where(SavedView.name == called))
    if view is None:
        if (session.scalar(select(func.count()).select_from(own.subquery())) or 0) >= VIEWS_MAX:
            raise InvalidReport(f"at most {VIEWS_MAX} views", name="count")
        view = SavedView(staff_id=member.id, name=called, created_at=now)
        session.add(view)
    view.wanted, view.shared = wanted.as_dict(), shared
    session.flush()
    return view


def of(session: Session, member: Staff) -> list[SavedView]:
    """His own and those that are everybody's, by name."""
    query = select(SavedView).where((SavedView.staff_id == member.id) | SavedView.shared)
    return list(session.scalars(query.order_by(SavedView.name, SavedView.id).limit(2 * VIEWS_MAX)))


def remove(session: Session, member: Staff, view_id: str) -> None:
    """It is gone, for everybody where it was shared.

    Raises:
        NotFound: there is none, or it is somebody else's own.
        NotAllowed: somebody else shared it, and he is no administrator.
    """
    view = session.get(SavedView, view_id)
    if view is None or (view.staff_id != member.id and not view.shared):
        raise NotFound("there is no such view")
    if view.staff_id != member.id and member.role != Role.ADMIN:
        raise NotAllowed("it is somebody else's")
    session.delete(view)
    session.flush()
