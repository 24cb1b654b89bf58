"""Lists on a terminal hold names and subjects that strangers chose."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from escalation.mail_models import InboundMail
from escalation.models import Customer
from escalation.outbox import DEAD, enqueue_mail
from tests.escalation.conftest import NOW

# Clears the screen, sets the window's title, and the eight-bit way of both.
EVIL = "x\x1b[2J\x1b]0;pwn\x07\x9b2J\r\n0000  refused"


def test_no_list_of_ours_lets_a_stranger_write_to_the_terminal(app: Flask, session: Session, carla: Customer) -> None:
    carla.name = EVIL
    session.add(
        InboundMail(
            **{"message_id": "1", "mailbox": "m", "raw_path": "x", "size": 9, "sender": EVIL, "subject": EVIL, "subject_key": "x"},
            **{"written_at": "", "received_at": NOW, "state": "quarantined", "reason": "unproven", "due_at": NOW},
        )
    )
    row = enqueue_mail(session, "k", EVIL, "s", "b", NOW)
    row.state, row.last_error = DEAD, EVIL
    session.commit()
    for command in (("mail", "waiting"), ("customers", "list")):
        told = app.test_cli_runner().invoke(args=command)
        assert told.exit_code == 0 and "pwn" in told.output, told.output
        assert all(line.isprintable() for line in told.output.split("\n")), command
        assert not any(line.startswith("0000") for line in told.output.splitlines())
