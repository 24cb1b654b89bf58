"""A second factor for staff: codes by time (TOTP, RFC 6238) from an authenticator, and codes for whoever lost it.

A code is good once (RFC 6238 5.2): the time step of the newest one taken is kept. Five wrong ones within a quarter of an hour
pause it for that person wherever they come from: whoever gets as far as here has the password already.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from escalation import desk_settings
from escalation.admin_models import RecoveryCode, SecondFactor
from escalation.errors import LoginFailed, NotAllowed, TooManyAttempts
from escalation.models import Staff

ISSUER = "CSIserver Mesa de Ayuda"
STEP_SECONDS = 30
# A clock that is off by less than a step (RFC 6238 5.2 advises one step of delay; telephones run ahead as well).
NEIGHBOURS = (-1, 0, 1)
MAX_FAILURES = 5
WINDOW = timedelta(minutes=15)
RECOVERY_COUNT = 10
# Without look-alikes; ten of thirty signs are 49 bits, which nobody guesses online.
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
RECOVERY_LENGTH = 10


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator needs: ``secret`` to type, ``uri`` for the QR code (otpauth)."""

    secret: str
    uri: str


def is_on(session: Session, member: Staff) -> bool:
    """Whether he has a confirmed one."""
    row = session.get(SecondFactor, member.id)
    return row is not None and row.confirmed_at is not None


def is_lacking(session: Session, member: Staff) -> bool:
    """Whether all of staff must have one, and he has none."""
    return desk_settings.second_factor_required(session) and not is_on(session, member)


def having(session: Session) -> set[str]:
    """Ids of those who have one."""
    return set(session.scalars(select(SecondFactor.staff_id).where(SecondFactor.confirmed_at.is_not(None))))


def begin(session: Session, member: Staff, key: str, now: datetime) -> Enrolment:
    """A new secret, in place of one that was never confirmed. ``key`` encrypts what is stored.

    Raises:
        NotAllowed: he has one already.
    """
    row = _locked(session, member)
    if row is not None and row.confirmed_at is not None:
        raise NotAllowed("the second factor is on already")
    secret = pyotp.random_base32()
    sealed = _box(key).encrypt(secret.encode()).decode()
    if row is None:
        session.add(SecondFactor(staff_id=member.id, secret=sealed, created_at=now))
    else:
        row.secret, row.created_at, row.failures, row.failures_since = sealed, now, 0, None
    session.flush()
    return _enrolment(member, secret)


def begun(session: Session, member: Staff, key: str) -> Enrolment | None:
    """The secret that waits to be confirmed, to be shown once more; None where there is none."""
    row = session.get(SecondFactor, member.id)
    secret = _opened(row, key) if row is not None and row.confirmed_at is None else None
    return _enrolment(member, secret) if secret else None


def confirm(session: Session, member: Staff, code: str, key: str, now: datetime) -> list[str]:
    """His authenticator shows the right code: it is on. Returns the recovery codes, which are stored as hashes only.

    The caller commits also on failure: failures count.

    Raises:
        LoginFailed: the code is wrong, or nothing was begun.
        TooManyAttempts: five wrong ones within a quarter of an hour.
        NotAllowed: it is on already.
    """
    row = _locked(session, member)
    if row is not None and row.confirmed_at is not None:
        raise NotAllowed("the second factor is on already")
    _take(row, code, key, now)
    assert row is not None
    row.confirmed_at = now
    return renew_recovery_codes(session, member, key)


def prove(session: Session, member: Staff, code: str, key: str, now: datetime) -> bool:
    """He has it at hand; True where it was a recovery code, which is used up now. The caller commits also on failure.

    Raises:
        LoginFailed: wrong, seen before, used up, or there is none.
        TooManyAttempts: five wrong ones within a quarter of an hour.
    """
    row = _locked(session, member)
    if row is None or row.confirmed_at is None:
        raise LoginFailed("there is no second factor")
    _check_pause(row, now)
    typed = "".join(code.split()).replace("-", "").lower()
    if len(typed) == RECOVERY_LENGTH:
        found = session.get(RecoveryCode, _hashed(typed, member, key), with_for_update=True)
        if found is not None and found.used_at is None:
            found.used_at, row.failures, row.failures_since = now, 0, None
            return True
    _take(row, code, key, now)
    return False


def renew_recovery_codes(session: Session, member: Staff, key: str) -> list[str]:
    """Ten new ones in place of all old ones, as they are shown: ``xxxxx-xxxxx``."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_COUNT)]
    session.add_all(RecoveryCode(code_hash=_hashed(code, member, key), staff_id=member.id) for code in codes)
    session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_left(session: Session, member: Staff) -> int:
    """How many he has not used."""
    left = select(func.count()).select_from(RecoveryCode)
    return session.scalar(left.where(RecoveryCode.staff_id == member.id, RecoveryCode.used_at.is_(None))) or 0


def turn_off(session: Session, member: Staff) -> None:
    """He has none any more; who may decide that is the caller's rule."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))
    row = _locked(session, member)
    if row is not None:
        session.delete(row)
        session.flush()


def _take(row: SecondFactor | None, code: str, key: str, now: datetime) -> None:
    """Raises as :func:`prove`."""
    if row is None:
        raise LoginFailed("nothing was begun")
    _check_pause(row, now)
    step = _step_of(_opened(row, key), "".join(code.split()), now)
    if step is None or step <= row.last_step:
        if row.failures_since is None or row.failures_since <= now - WINDOW:
            row.failures, row.failures_since = 0, now
        row.failures += 1
        raise LoginFailed("the code is not valid")
    row.last_step, row.failures, row.failures_since = step, 0, None


def _check_pause(row: SecondFactor, now: datetime) -> None:
    if row.failures >= MAX_FAILURES and row.failures_since is not None and row.failures_since > now - WINDOW:
        raise TooManyAttempts("too many wrong codes; wait fifteen minutes")


def _step_of(secret: str | None, code: str, now: datetime) -> int | None:
    """The time step whose code it is; None: of none at hand."""
    if secret is None:
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    right = [present + off for off in NEIGHBOURS if hmac.compare_digest(totp.generate_otp(present + off).encode(), code.encode())]
    return max(right, default=None)


def _locked(session: Session, member: Staff) -> SecondFactor | None:
    # Two requests with one code at once: the second sees what the first left.
    session.flush()
    query = select(SecondFactor).where(SecondFactor.staff_id == member.id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _enrolment(member: Staff, secret: str) -> Enrolment:
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=member.email, issuer_name=ISSUER))


def _box(key: str) -> Fernet:
    # A copy of the database alone must make no codes.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor|{key}".encode()).digest()))


def _opened(row: SecondFactor, key: str) -> str | None:
    try:
        return _box(key).decrypt(row.secret.encode()).decode()
    except InvalidToken:
        # The service's secret was changed since: an administrator has to take it off him.
        return None


def _hashed(code: str, member: Staff, key: str) -> str:
    return hmac.new(key.encode(), f"recovery code|{member.id}|{code}".encode(), hashlib.sha256).hexdigest()
