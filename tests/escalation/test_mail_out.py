"""From an outbox row to a mail: real SMTP over a socket, a folder, retries, and nothing sent twice without a sign of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import outbox
from escalation.mail.marks import Marks
from escalation.mail.message import Letterhead
from escalation.mail.transport import to_folder, to_smtp
from escalation.models import Heartbeat, OutboxRow
from escalation.outbox import LEASE, RETRY_MINUTES, enqueue_mail
from escalation.settings import Settings
from escalation.worker import run, send_next
from tests.ports import free_port

# The worker asks the real clock: what is due must lie in its past.
NOW = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)
MARKS = Marks("session")
SENDER = Letterhead("CSIserver Soporte <soporte@csiserver.com>", MARKS)


class Mailbox:
    """An SMTP server's handler: keeps what comes, refuses as told."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:
        self.received.append(envelope.content)
        return "250 OK"


Post = tuple[Mailbox, str]


@pytest.fixture
def mailbox() -> Iterator[Post]:
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield handler, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


def put(session: Session, recipient: str = "carla@panaderialola.com.ar", key: str = "ticket-MDA-7K3Q9T-received") -> None:
    enqueue_mail(
        session, key, recipient, "Recibimos su ticket ñandú", "Hola, Carla:\n\nAtención.\n" + "x" * 3000, NOW, ticket="MDA-7K3Q9T"
    )
    session.commit()


def state(session: Session) -> OutboxRow:
    session.expire_all()
    row = session.scalars(select(OutboxRow)).one()
    session.expunge(row)
    session.rollback()
    return row


def test_a_row_is_sent_over_smtp_with_the_headers_of_a_machine(engine: Engine, session: Session, mailbox: Post) -> None:
    handler, url = mailbox
    put(session)
    assert send_next(engine, to_smtp(url), SENDER)
    assert not send_next(engine, to_smtp(url), SENDER)
    (raw,) = handler.received
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Subject"] == "Recibimos su ticket ñandú"
    assert message["Message-ID"].startswith("<ticket-MDA-7K3Q9T-received.MDA-7K3Q9T.")
    assert MARKS.of_message_id(message["Message-ID"]).number == MARKS.of_message_id(message["References"]).number == "MDA-7K3Q9T"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Atención" in message.get_body(("plain",)).get_content()
    assert "Atención" in message.get_body(("html",)).get_content()
    assert state(session).state == outbox.SENT


def test_a_temporary_refusal_is_tried_again_later_and_a_permanent_one_is_given_up(
    engine: Engine, session: Session, mailbox: Post
) -> None:
    handler, url = mailbox
    put(session)
    handler.answer = "450 4.2.1 try later"
    send_next(engine, to_smtp(url), SENDER)
    row = state(session)
    assert row.state == outbox.PENDING and "450" in row.last_error
    assert timedelta(seconds=50) < row.due_at - datetime.now(UTC) <= timedelta(minutes=RETRY_MINUTES[0])

    with Session(engine) as other, other.begin():
        other.get_one(OutboxRow, row.id).due_at = NOW
    handler.answer = "550 5.1.1 no such user"
    send_next(engine, to_smtp(url), SENDER)
    assert state(session).state == outbox.DEAD


def test_a_server_that_is_away_is_a_reason_to_try_again(engine: Engine, session: Session) -> None:
    put(session)
    send_next(engine, to_smtp("smtp://127.0.0.1:1"), SENDER)
    assert state(session).state == outbox.PENDING


def test_a_row_that_cannot_become_a_mail_is_dead_and_the_next_one_goes(engine: Engine, session: Session, mailbox: Post) -> None:
    handler, url = mailbox
    put(session, recipient="no es una dirección", key="broken")
    put(session, key="sound")
    while send_next(engine, to_smtp(url), SENDER):
        pass
    session.expire_all()
    assert {row.key: row.state for row in session.scalars(select(OutboxRow))} == {"broken": outbox.DEAD, "sound": outbox.SENT}
    assert len(handler.received) == 1


def test_an_international_domain_is_written_as_servers_know_it(engine: Engine, session: Session, mailbox: Post) -> None:
    handler, url = mailbox
    put(session, recipient="ana@ñandú.com.ar")
    send_next(engine, to_smtp(url), SENDER)
    assert message_from_bytes(handler.received[0], policy=policy.default)["To"] == "ana@xn--and-6ma2c.com.ar"


def test_a_worker_that_died_in_the_middle_gives_its_row_back_when_the_lease_ends(engine: Engine, session: Session) -> None:
    put(session)
    with Session(engine) as dying, dying.begin():
        assert outbox.claim(dying, NOW) is not None
    with Session(engine) as other, other.begin():
        assert outbox.claim(other, NOW + LEASE - timedelta(seconds=1)) is None
        assert outbox.claim(other, NOW + LEASE) is not None


def test_a_slow_worker_cannot_undo_what_a_faster_one_sent(engine: Engine, session: Session) -> None:
    put(session)
    with Session(engine, expire_on_commit=False) as slow, slow.begin():
        first = outbox.claim(slow, NOW)
    with Session(engine, expire_on_commit=False) as fast, fast.begin():
        outbox.claim(fast, NOW + LEASE)
        outbox.mark_sent(fast, first.id, NOW + LEASE)
    with Session(engine) as slow, slow.begin():
        outbox.mark_failed(slow, first.id, 1, "time-out", False, NOW + LEASE)
    assert state(session).state == outbox.SENT


def test_the_folder_keeps_one_file_for_one_mail(engine: Engine, session: Session, tmp_path: Path) -> None:
    put(session)
    send_next(engine, to_folder(tmp_path / "out"), SENDER)
    with Session(engine) as other, other.begin():
        row = other.scalars(select(OutboxRow)).one()
        row.state, row.due_at = outbox.PENDING, NOW
    send_next(engine, to_folder(tmp_path / "out"), SENDER)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["ticket-MDA-7K3Q9T-received.eml"]


def test_a_folder_that_cannot_be_written_is_a_reason_to_try_again(engine: Engine, session: Session, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    put(session)
    with pytest.raises(FileExistsError):
        (tmp_path / "out").mkdir()
    send_next(engine, to_folder(tmp_path / "out"), SENDER)
    assert state(session).state == outbox.PENDING


@pytest.mark.parametrize("url", ["http://mail.test", "smtp://", "mail.test:25"])
def test_a_wrong_smtp_url_says_how_it_should_look(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        to_smtp(url)


def test_the_worker_sends_what_is_due_leaves_a_heartbeat_and_stops(engine: Engine, session: Session, settings: Settings) -> None:
    put(session)
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(settings, stop))
    thread.start()
    deadline = time.monotonic() + 10
    while not list(settings.mail_folder.glob("*.eml")) and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert len(list(settings.mail_folder.glob("*.eml"))) == 1
    assert session.get(Heartbeat, "worker") is not None
