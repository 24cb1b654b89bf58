"""Who somebody is: log-in, throttle, the bond of a conversation."""

from __future__ import annotations

import importlib.util
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from escalation import bonds, customers, passwords, sessions
from escalation.errors import InvalidReport, LoginFailed, TooManyAttempts
from escalation.models import Customer, LoginSession, Staff
from escalation.passwords import hash_password, matches
from escalation.sessions import Kind
from escalation.throttle import MAX_PER_ACCOUNT_AND_ORIGIN, WINDOW, Origin
from tests import quicker
from tests.escalation.conftest import NOW, PASSWORD

HOME = Origin("10.0.0.1", "key")
ELSEWHERE = Origin("10.0.0.2", "key")


def test_the_registered_pair_proves_the_customer_in_any_case(session: Session, carla: Customer) -> None:
    assert customers.prove_customer(session, " CARLA@panaderialola.com.ar ", PASSWORD, HOME, NOW) is carla


@pytest.mark.parametrize(
    ("email", "password"), [("carla@panaderialola.com.ar", "otra clave"), ("nadie@panaderialola.com.ar", PASSWORD), ("", "")]
)
def test_every_wrong_pair_fails_with_the_same_words(session: Session, carla: Customer, email: str, password: str) -> None:
    with pytest.raises(LoginFailed) as failed:
        customers.prove_customer(session, email, password, HOME, NOW)
    assert str(failed.value) == "e-mail and password do not match a registered account"


def test_a_blocked_customer_cannot_log_in_and_loses_his_conversations(session: Session, carla: Customer) -> None:
    bonds.bind(session, "c-1", carla, timedelta(hours=1), NOW)
    carla.blocked = True
    session.flush()
    with pytest.raises(LoginFailed):
        customers.prove_customer(session, "carla@panaderialola.com.ar", PASSWORD, HOME, NOW)
    assert bonds.customer_of(session, "c-1", NOW) is None


def test_staff_and_customers_are_separate(session: Session, carla: Customer, agent: Staff) -> None:
    with pytest.raises(LoginFailed):
        customers.prove_staff(session, "carla@panaderialola.com.ar", PASSWORD, HOME, NOW)
    with pytest.raises(LoginFailed):
        customers.prove_customer(session, agent.email, PASSWORD, HOME, NOW)


def fail(session: Session, times: int, origin: Origin) -> None:
    for _ in range(times):
        with pytest.raises(LoginFailed):
            customers.prove_customer(session, "carla@panaderialola.com.ar", "adivino", origin, NOW)


def test_a_guesser_is_slowed_down_and_the_victim_is_not_locked_out(session: Session, carla: Customer) -> None:
    fail(session, MAX_PER_ACCOUNT_AND_ORIGIN, ELSEWHERE)
    with pytest.raises(TooManyAttempts):
        customers.prove_customer(session, "carla@panaderialola.com.ar", PASSWORD, ELSEWHERE, NOW)
    assert customers.prove_customer(session, "carla@panaderialola.com.ar", PASSWORD, HOME, NOW) is carla


def test_the_pause_ends(session: Session, carla: Customer) -> None:
    fail(session, MAX_PER_ACCOUNT_AND_ORIGIN, HOME)
    later = NOW + WINDOW + timedelta(seconds=1)
    assert customers.prove_customer(session, "carla@panaderialola.com.ar", PASSWORD, HOME, later) is carla


def test_an_unknown_address_is_slowed_down_like_a_known_one(session: Session, carla: Customer) -> None:
    for _ in range(MAX_PER_ACCOUNT_AND_ORIGIN):
        with pytest.raises(LoginFailed):
            customers.prove_customer(session, "nadie@x.com.ar", "adivino", HOME, NOW)
    with pytest.raises(TooManyAttempts):
        customers.prove_customer(session, "nadie@x.com.ar", "adivino", HOME, NOW)


def test_the_bond_of_a_conversation_ends_with_its_time(session: Session, carla: Customer) -> None:
    bonds.bind(session, "c-1", carla, timedelta(hours=1), NOW)
    assert bonds.customer_of(session, "c-1", NOW + timedelta(minutes=59)) is carla
    assert bonds.customer_of(session, "c-1", NOW + timedelta(hours=1)) is None
    assert bonds.customer_of(session, "c-2", NOW) is None


@pytest.mark.parametrize(
    ("email", "password"), [("no es un mail", PASSWORD), ("carla@panaderialola.com.ar", PASSWORD), ("x@y.com", "corta")]
)
def test_bad_registrations_are_refused(session: Session, carla: Customer, email: str, password: str) -> None:
    with pytest.raises(InvalidReport):
        customers.register_customer(session, email, "Otra", password, NOW)


def test_passwords_are_argon2id_and_never_equal_twice() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first.startswith("$argon2id$") and first != second
    assert matches(first, PASSWORD) and not matches(first, "otra") and not matches(None, PASSWORD)


def test_what_runs_for_customers_hashes_as_dearly_as_rfc_9106_asks() -> None:
    # Here the tests' own cheap hasher is in its place: the module is read once more, as a process of ours reads it.
    spec = importlib.util.spec_from_file_location("passwords_as_they_are", passwords.__file__)
    real = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(real)
    # RFC 9106 4, second recommended option: argon2id, three passes, four lanes, 64 MiB.
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in real.hash_password(PASSWORD)
    assert passwords._hasher is quicker.CHEAP and real.needs_rehash(hash_password(PASSWORD))


def test_a_session_is_stored_as_a_hash_and_ends(session: Session, carla: Customer) -> None:
    token = sessions.start(session, Kind.CUSTOMER, carla.id, timedelta(hours=1), NOW)
    session.flush()
    assert session.get(LoginSession, token) is None
    assert sessions.owner(session, Kind.CUSTOMER, token, NOW) == carla.id
    assert sessions.owner(session, Kind.STAFF, token, NOW) is None
    assert sessions.owner(session, Kind.CUSTOMER, token, NOW + timedelta(hours=1)) is None
    sessions.end(session, token)
    assert sessions.owner(session, Kind.CUSTOMER, token, NOW) is None
