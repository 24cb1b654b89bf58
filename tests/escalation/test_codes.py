"""Log-in by a code sent to the registered address: hard to guess, good once, and silent about who is a customer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from escalation import bonds, codes, outbox
from escalation.chat_models import LoginCode
from escalation.codes import LIFETIME, MAX_PER_ADDRESS, MAX_PER_CONVERSATION, MAX_TRIES, WINDOW
from escalation.errors import LoginFailed
from escalation.models import Customer, OutboxRow
from tests.escalation.conftest import NOW, service

CARLA = "carla@panaderialola.com.ar"
SECOND = timedelta(seconds=1)


def ask(session: Session, email: str = CARLA, conversation_id: str = "c-1", now: datetime = NOW) -> str | None:
    """Asks for a code; the one that was mailed, or None."""
    before = mails(session)
    codes.send_code(session, conversation_id, email, "key", now)
    new = mails(session)[len(before) :]
    session.commit()
    return re.search(r"\b\d{6}\b", new[0].content["body"]).group() if new else None


def mails(session: Session) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.state != outbox.VOID).order_by(OutboxRow.id)))


def refused(session: Session, code: str, conversation_id: str = "c-1", now: datetime = NOW) -> str:
    with pytest.raises(LoginFailed) as failed:
        codes.prove_code(session, conversation_id, code, "key", now)
    return str(failed.value)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_mailed_code_proves_the_customer_once(session: Session, carla: Customer) -> None:
    code = ask(session, " Carla@PanaderiaLola.com.ar ")
    assert codes.prove_code(session, "c-1", f"{code[:3]} {code[3:]}", "key", NOW) is carla
    refused(session, code)


def test_the_mail_goes_to_the_registered_address_and_warns_never_to_give_the_code_away(session: Session, carla: Customer) -> None:
    code = ask(session)
    (mail,) = mails(session)
    assert mail.recipient == CARLA
    assert "No le dé este código a nadie" in mail.content["body"] and "10 minutos" in mail.content["body"]
    assert code not in mail.content["subject"]


def test_the_code_lies_in_the_table_as_a_keyed_hash_and_in_the_outbox_only_until_it_left(session: Session, carla: Customer) -> None:
    code = ask(session)
    row = session.scalars(select(LoginCode)).one()
    assert code not in "".join(str(value) for value in vars(row).values()) and CARLA not in row.account
    mail = mails(session)[0]
    outbox.mark_sent(session, mail.id, NOW)
    session.commit()
    session.expire_all()
    assert mail.content["body"] == ""


def test_a_mail_whose_code_is_worth_nothing_any_more_is_not_tried_again(session: Session, carla: Customer) -> None:
    ask(session)
    row = outbox.claim(session, NOW)
    outbox.mark_failed(session, row.id, 1, "451 later", False, NOW + SECOND)
    assert row.state == outbox.PENDING
    row = outbox.claim(session, NOW + LIFETIME)
    outbox.mark_failed(session, row.id, 2, "451 later", False, NOW + LIFETIME)
    assert (row.state, row.content["body"]) == (outbox.DEAD, "")


def test_every_failure_has_the_same_words(session: Session, carla: Customer) -> None:
    words = {refused(session, "123456")}
    code = ask(session)
    words |= {refused(session, wrong(code)), refused(session, code, "c-2"), refused(session, code, now=NOW + LIFETIME)}
    codes.prove_code(session, "c-1", code, "key", NOW)
    words |= {refused(session, code)}
    assert len(words) == 1


def test_five_tries_use_a_code_up(session: Session, carla: Customer) -> None:
    code = ask(session)
    for _ in range(MAX_TRIES):
        refused(session, wrong(code))
    refused(session, code)


def test_the_fifth_try_may_still_be_the_right_one(session: Session, carla: Customer) -> None:
    code = ask(session)
    for _ in range(MAX_TRIES - 1):
        refused(session, wrong(code))
    assert codes.prove_code(session, "c-1", code, "key", NOW) is carla


def test_a_new_code_ends_the_old_one(session: Session, carla: Customer) -> None:
    first, second = ask(session), ask(session)
    if first != second:
        refused(session, first)
    assert codes.prove_code(session, "c-1", second, "key", NOW) is carla


def test_a_code_lasts_ten_minutes(session: Session, carla: Customer) -> None:
    assert codes.prove_code(session, "c-1", ask(session), "key", NOW + LIFETIME - SECOND) is carla
    assert LIFETIME // SECOND == 600


def test_three_codes_an_hour_to_one_address_whatever_the_conversation(session: Session, carla: Customer) -> None:
    sent = [ask(session, conversation_id=f"c-{number}") for number in range(MAX_PER_ADDRESS + 1)]
    assert [code is not None for code in sent] == [True] * MAX_PER_ADDRESS + [False]
    assert codes.prove_code(session, "c-0", sent[0], "key", NOW) is carla
    assert ask(session, conversation_id="c-9", now=NOW + WINDOW) is not None


def test_five_codes_an_hour_from_one_conversation_whatever_the_address(session: Session, carla: Customer) -> None:
    for number in range(MAX_PER_CONVERSATION):
        ask(session, f"nadie{number}@x.com.ar")
    assert ask(session) is None


def test_a_blocked_customer_gets_no_code_and_an_earlier_one_stops_working(session: Session, carla: Customer) -> None:
    code = ask(session)
    carla.blocked = True
    session.commit()
    refused(session, code)
    assert ask(session, conversation_id="c-2") is None


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:  # type: ignore[no-untyped-def]
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_the_same_is_done_for_an_unknown_address_but_nothing_leaves(engine: Engine, session: Session, carla: Customer) -> None:
    with statements(engine) as known:
        assert ask(session, conversation_id="c-1") is not None
    with statements(engine) as unknown:
        assert ask(session, "nadie@panaderialola.com.ar", "c-2") is None
    assert known == unknown
    void = session.scalars(select(OutboxRow).where(OutboxRow.state == outbox.VOID)).one()
    assert "nadie" not in void.recipient and void.content["body"] == ""
    outbox.mark_sent(session, outbox.claim(session, NOW).id, NOW)
    session.commit()
    assert outbox.claim(session, NOW) is None
    ask(session, now=NOW + WINDOW)
    assert session.scalars(select(OutboxRow).where(OutboxRow.state == outbox.VOID)).all() == []


@pytest.mark.parametrize("email", [CARLA, "nadie@x.com.ar", "no es un mail", "a\x00b", "x" * 254])
def test_the_api_answers_alike_for_every_address(client: FlaskClient, carla: Customer, email: str) -> None:
    for _ in range(MAX_PER_CONVERSATION + 1):
        answer = client.post("/api/v1/conversations/c-1/code", json={"email": email}, headers=service())
        assert (answer.status_code, answer.json) == (202, {"status": "accepted"})


def test_the_api_binds_by_code_as_by_password_and_lets_go_again(client: FlaskClient, session: Session, carla: Customer) -> None:
    path = "/api/v1/conversations/c-1"
    client.post(f"{path}/code", json={"email": CARLA}, headers=service())
    code = re.search(r"\b\d{6}\b", mails(session)[0].content["body"]).group()
    session.rollback()
    failed = client.post(f"{path}/code/verify", json={"code": wrong(code)}, headers=service())
    assert (failed.status_code, failed.json["code"]) == (401, "login_failed")
    session.expire_all()
    assert session.scalars(select(LoginCode)).one().tries == 1
    session.rollback()
    verified = client.post(f"{path}/code/verify", json={"code": code}, headers=service())
    assert (verified.status_code, verified.json["customer"]["name"]) == (200, "Carla Medina")
    assert client.get(path, headers=service()).json["bound_until"] == verified.json["bound_until"]
    for _ in range(2):
        assert client.delete(f"{path}/customer", headers=service()).status_code == 204
    assert client.get(path, headers=service()).json["customer"] is None


def test_leaving_ends_this_conversations_bond_alone(session: Session, carla: Customer) -> None:
    for conversation_id in ("c-1", "c-2"):
        bonds.bind(session, conversation_id, carla, timedelta(hours=1), NOW)
    bonds.release(session, "c-1", NOW)
    session.commit()
    assert bonds.customer_of(session, "c-1", NOW) is None
    assert bonds.customer_of(session, "c-2", NOW) is carla
