"""What an administrator does to staff, and what somebody of staff does to his own account; each deed is in the audit log."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import audit, customers, people, second_factor, sessions
from escalation.admin_models import StaffLanguage
from escalation.audit import Actor
from escalation.errors import InvalidReport, LoginFailed, NotFound
from escalation.models import Role, Staff
from escalation.passwords import hash_password, matches, new_password
from escalation.sessions import Kind


def every(session: Session) -> list[Staff]:
    """All of them, active ones first, by name."""
    return list(session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.name)))


def find(session: Session, staff_id: str) -> Staff:
    """Raises:
    NotFound: there is nobody of this id.
    """
    member = session.get(Staff, staff_id)
    if member is None:
        raise NotFound("there is no such member of staff")
    return member


def add(session: Session, email: str, name: str, role: Role, actor: Actor, now: datetime) -> tuple[Staff, str]:
    """Somebody new, and the password that he is given once and should change.

    Raises:
        InvalidReport: the address is malformed or taken.
    """
    password = new_password()
    member = customers.register_staff(session, email, name, role, password)
    audit.record(session, audit.STAFF_ADDED, actor, member.id, now, role=role)
    return member, password


def set_role(session: Session, member: Staff, role: Role, actor: Actor, now: datetime) -> None:
    """Nothing happens where it is so already; raises as :func:`escalation.people.set_role`."""
    if member.role == role:
        return
    old = member.role
    people.set_role(session, member, role)
    audit.record(session, audit.STAFF_ROLE, actor, member.id, now, old=old, new=role)


def set_active(session: Session, member: Staff, active: bool, actor: Actor, now: datetime) -> None:
    """Nothing happens where it is so already; raises as :func:`escalation.people.set_active`."""
    if member.active == active:
        return
    people.set_active(session, member, active)
    audit.record(session, audit.STAFF_ACTIVE, actor, member.id, now, active=active)


def new_password_for(session: Session, member: Staff, actor: Actor, now: datetime) -> str:
    """He forgot his: another one, to be given to him once. Logs him out everywhere."""
    password = new_password()
    people.set_password(session, member, password)
    audit.record(session, audit.PASSWORD_CHANGED, actor, member.id, now, by="admin")
    return password


def take_second_factor(session: Session, member: Staff, actor: Actor, now: datetime) -> None:
    """He lost his authenticator and all recovery codes; whoever else has it is out as well."""
    second_factor.turn_off(session, member)
    people.end_sessions(session, member.id)
    audit.record(session, audit.FACTOR_OFF, actor, member.id, now, by="admin")


def end_sessions(session: Session, member: Staff, actor: Actor, now: datetime) -> None:
    """Log him out everywhere."""
    people.end_sessions(session, member.id)
    audit.record(session, audit.SESSIONS_ENDED, actor, member.id, now)


def change_own_password(session: Session, member: Staff, old: str, new: str, token: str, actor: Actor, now: datetime) -> None:
    """His other browsers, but the one of ``token``, are logged out.

    Raises:
        LoginFailed: ``old`` is not his password.
        InvalidReport: ``new`` is shorter than ten characters.
    """
    if not matches(member.password_hash, old):
        raise LoginFailed("the present password is another one")
    customers.check_password(new)
    member.password_hash = hash_password(new)
    sessions.end_all(session, Kind.STAFF, member.id, but=token)
    audit.record(session, audit.PASSWORD_CHANGED, actor, member.id, now, by="self")


def choose_language(session: Session, member: Staff, language: str, known: Container[str]) -> None:
    """In which of the ``known`` languages he reads the console.

    Raises:
        InvalidReport: it is none of them.
    """
    if language not in known:
        raise InvalidReport("unknown language", language="unknown")
    session.merge(StaffLanguage(staff_id=member.id, language=language))
