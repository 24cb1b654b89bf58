"""What an administrator does to accounts: block, deactivate, another role, another password. Open sessions end with it."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.account import end_other_ways
from escalation.customers import check_password, customer_of_address, typed_address
from escalation.errors import InvalidReport, NotFound
from escalation.models import ConversationBond, Customer, LoginSession, Role, Staff
from escalation.passwords import hash_password


def customer_named(session: Session, email: str) -> Customer:
    """Who registered ``email``.

    Raises:
        NotFound: nobody.
    """
    customer = customer_of_address(session, typed_address(email))
    if customer is None:
        raise NotFound(f"no customer registered {email}")
    return customer


def member_named(session: Session, email: str) -> Staff:
    """The member of staff of ``email``, active or not.

    Raises:
        NotFound: nobody.
    """
    member = session.scalar(select(Staff).where(Staff.email == typed_address(email)))
    if member is None:
        raise NotFound(f"no member of staff has the address {email}")
    return member


def set_blocked(session: Session, customer: Customer, blocked: bool) -> None:
    """A blocked customer can neither log in nor go on where he is logged in; his tickets stay."""
    customer.blocked = blocked
    if blocked:
        end_sessions(session, customer.id)
        session.execute(delete(ConversationBond).where(ConversationBond.customer_id == customer.id))


def set_active(session: Session, member: Staff, active: bool) -> None:
    """A deactivated member of staff is logged out and gets no notices; what he wrote stays.

    Raises:
        InvalidReport: he is the last active admin.
    """
    if not active:
        _keep_an_admin(session, member)
        end_sessions(session, member.id)
    member.active = active


def set_role(session: Session, member: Staff, role: Role) -> None:
    """Raises:
    InvalidReport: he is the last active admin.
    """
    if role is not Role.ADMIN:
        _keep_an_admin(session, member)
    member.role = role


def set_password(session: Session, person: Customer | Staff, password: str) -> None:
    """Another password; whoever was logged in with the old one is not any more.

    Raises:
        InvalidReport: shorter than ten characters.
    """
    check_password(password)
    person.password_hash = hash_password(password)
    end_sessions(session, person.id)
    if isinstance(person, Customer):
        end_other_ways(session, person)


def end_sessions(session: Session, owner_id: str) -> None:
    """Log all his browsers out."""
    session.execute(delete(LoginSession).where(LoginSession.owner_id == owner_id))


def _keep_an_admin(session: Session, member: Staff) -> None:
    others = select(Staff.id).where(Staff.role == Role.ADMIN, Staff.active, Staff.id != member.id).limit(1)
    if member.role == Role.ADMIN and member.active and session.scalar(others) is None:
        raise InvalidReport(f"{member.email} is the last active admin", role="last admin")
