"""Codes by time and recovery codes: right ones, old ones, used ones, guessed ones."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import desk_settings, second_factor
from escalation.admin_models import RecoveryCode, SecondFactor
from escalation.audit import Actor
from escalation.errors import LoginFailed, NotAllowed, TooManyAttempts
from escalation.models import Staff
from tests.escalation.conftest import NOW

KEY = "the service's secret"
LATER = NOW + timedelta(minutes=1)


def enrolled(session: Session, member: Staff) -> tuple[str, list[str]]:
    """His authenticator's secret, and his recovery codes."""
    secret = second_factor.begin(session, member, KEY, NOW).secret
    codes = second_factor.confirm(session, member, code(secret, NOW), KEY, NOW)
    session.commit()
    return secret, codes


def code(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


# RFC 6238, appendix B, SHA-1; its eight digits end in the six of ours.
@pytest.mark.parametrize(
    ("seconds", "digits"), [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (2000000000, "69279037")]
)
def test_the_codes_are_those_of_the_standard(session: Session, agent: Staff, seconds: int, digits: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    at = datetime.fromtimestamp(seconds, UTC)
    box = second_factor._box(KEY).encrypt(secret.encode()).decode()
    session.add(SecondFactor(staff_id=agent.id, secret=box, created_at=at, confirmed_at=at))
    session.flush()
    assert second_factor.prove(session, agent, digits[-6:], KEY, at) is False


def test_it_is_on_once_the_authenticator_showed_a_right_code(session: Session, agent: Staff) -> None:
    begun = second_factor.begin(session, agent, KEY, NOW)
    assert begun.uri.startswith("otpauth://totp/") and agent.email.replace("@", "%40") in begun.uri
    assert not second_factor.is_on(session, agent)
    with pytest.raises(LoginFailed):
        second_factor.confirm(session, agent, "000000", KEY, NOW)
    assert second_factor.begun(session, agent, KEY) == begun
    assert len(set(second_factor.confirm(session, agent, code(begun.secret, NOW), KEY, NOW))) == second_factor.RECOVERY_COUNT
    assert second_factor.is_on(session, agent)
    assert second_factor.begun(session, agent, KEY) is None
    with pytest.raises(NotAllowed):
        second_factor.begin(session, agent, KEY, NOW)


def test_a_code_is_good_once_and_an_older_one_never_again(session: Session, agent: Staff) -> None:
    secret, _ = enrolled(session, agent)
    with pytest.raises(LoginFailed):
        second_factor.prove(session, agent, code(secret, NOW), KEY, NOW)
    second_factor.prove(session, agent, code(secret, LATER), KEY, LATER)
    for seen in (LATER, LATER - timedelta(seconds=30)):
        with pytest.raises(LoginFailed):
            second_factor.prove(session, agent, code(secret, seen), KEY, LATER)


@pytest.mark.parametrize(("off", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_off_by_one_step(session: Session, agent: Staff, off: int, taken: bool) -> None:
    secret, _ = enrolled(session, agent)
    at = NOW + timedelta(hours=1)
    typed = code(secret, at + timedelta(seconds=off))
    if taken:
        second_factor.prove(session, agent, f" {typed[:3]} {typed[3:]} ", KEY, at)
        return
    with pytest.raises(LoginFailed):
        second_factor.prove(session, agent, typed, KEY, at)


def test_five_wrong_codes_pause_it_even_for_the_right_one(session: Session, agent: Staff) -> None:
    secret, codes = enrolled(session, agent)
    for _ in range(second_factor.MAX_FAILURES):
        with pytest.raises(LoginFailed):
            second_factor.prove(session, agent, "123", KEY, LATER)
    for right in (code(secret, LATER), codes[0]):
        with pytest.raises(TooManyAttempts):
            second_factor.prove(session, agent, right, KEY, LATER)
    after = LATER + second_factor.WINDOW
    second_factor.prove(session, agent, code(secret, after), KEY, after)


def test_a_recovery_code_is_good_once_and_for_its_owner_alone(session: Session, agent: Staff, admin: Staff) -> None:
    _, codes = enrolled(session, agent)
    enrolled(session, admin)
    with pytest.raises(LoginFailed):
        second_factor.prove(session, admin, codes[0], KEY, LATER)
    assert second_factor.prove(session, agent, codes[0].upper(), KEY, LATER) is True
    with pytest.raises(LoginFailed):
        second_factor.prove(session, agent, codes[0], KEY, LATER)
    assert second_factor.recovery_codes_left(session, agent) == second_factor.RECOVERY_COUNT - 1


def test_a_copy_of_the_database_holds_neither_secret_nor_codes(session: Session, agent: Staff) -> None:
    secret, codes = enrolled(session, agent)
    stored = " ".join([session.get_one(SecondFactor, agent.id).secret, *session.scalars(select(RecoveryCode.code_hash))])
    assert secret not in stored and not any(item.replace("-", "") in stored for item in codes)
    with pytest.raises(LoginFailed):
        second_factor.prove(session, agent, code(secret, LATER), "another service's secret", LATER)


def test_new_recovery_codes_end_the_old_ones_and_off_ends_all(session: Session, agent: Staff) -> None:
    _, old = enrolled(session, agent)
    new = second_factor.renew_recovery_codes(session, agent, KEY)
    with pytest.raises(LoginFailed):
        second_factor.prove(session, agent, old[0], KEY, LATER)
    second_factor.turn_off(session, agent)
    assert not second_factor.is_on(session, agent) and second_factor.recovery_codes_left(session, agent) == 0
    with pytest.raises(LoginFailed):
        second_factor.prove(session, agent, new[0], KEY, LATER)


def test_where_all_must_have_one_it_is_lacking_until_it_is_on(session: Session, agent: Staff, admin: Staff) -> None:
    assert not second_factor.is_lacking(session, agent)
    desk_settings.require_second_factor(session, True, Actor(admin), NOW)
    assert second_factor.is_lacking(session, agent)
    enrolled(session, agent)
    assert not second_factor.is_lacking(session, agent) and second_factor.having(session) == {agent.id}
    desk_settings.require_second_factor(session, False, Actor(admin), NOW)
    assert not second_factor.is_lacking(session, admin)
