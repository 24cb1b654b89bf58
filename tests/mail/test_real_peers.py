"""The whole road of mail between real servers: Postfix or its stand-in at the door, Dovecot's IMAP behind, our two processes."""

from __future__ import annotations

import asyncio
import random
import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import outbox
from escalation.mail import imap, reception, watch
from escalation.mail.folder_source import AUTHSERV_ID
from escalation.mail.imap import Account, Mailbox
from escalation.mail.intake import State
from escalation.mail.watch import Sources
from escalation.mail_models import DeadAddress, MailCursor
from escalation.models import Customer, CustomerAddress
from escalation.settings import Settings
from escalation.worker import run as run_worker
from tests import databases
from tests.escalation.conftest import migrate
from tests.mail import kill
from tests.mail.conftest import CARLA, MailRoom, letter, opened
from tests.mail.servers import AUTHSERV, DEAD, PEOPLE, MailServer
from tests.ports import free_port

SOPORTE = PEOPLE[0]
NOBODY = "nadie@panaderialola.com.ar"
SECONDS = 20


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """Reception and worker, as the Procfile starts them, in threads."""
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(settings, stop)) for work in (reception.run, run_worker)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)


def until(what: Callable[[], object], servers: MailServer) -> None:
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, servers.log()
        time.sleep(0.1)


def with_mail(room: MailRoom, servers: MailServer, **more: object) -> Settings:
    return replace(room.settings, smtp_url=servers.smtp_url, imap_urls=(servers.imap_url(),), mail_authserv_id=AUTHSERV, **more)


def unstamped(*args: str, **headers: str) -> bytes:
    return letter(*args, top="X-From-Outside: 1", **headers)


def as_read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def test_a_customer_writes_is_confirmed_answers_and_all_is_one_thread(lite_room: MailRoom, servers: MailServer) -> None:
    with running(with_mail(lite_room, servers)):
        servers.send(unstamped("No puedo enviar mails."), CARLA)
        (confirmation,) = map(as_read, servers.wait_for(CARLA, 1))
        number = lite_room.ticket().number
        assert number in confirmation["Subject"] and confirmation["In-Reply-To"] == "<uno@panaderialola.com.ar>"
        reply = unstamped(
            "Sigue igual.",
            CARLA,
            f"Re: {confirmation['Subject']}",
            "<dos@panaderialola.com.ar>",
            In_Reply_To=confirmation["Message-ID"],
        )
        servers.send(reply, CARLA, confirmation["Reply-To"].addresses[0].addr_spec)
        until(lambda: lite_room.ticket().messages, servers)
        until(lambda: all(row.filed for row in lite_room.rows()), servers)
    assert [message.body for message in lite_room.ticket().messages] == ["Sigue igual."]
    assert servers.inbox(SOPORTE) == []
    with servers.open(SOPORTE, "INBOX.Done") as box:
        assert len(box.uids()) == 2


def test_a_forged_sender_waits_and_a_stranger_is_told_once(lite_room: MailRoom, servers: MailServer) -> None:
    with running(with_mail(lite_room, servers)):
        servers.send(unstamped("Soy Carla.", CARLA), "ladron@evil.test")
        servers.send(unstamped("Hola.", "ana@otra.com.ar", "Hola", "<a1@x>"), "ana@otra.com.ar")
        servers.send(unstamped("Hola de nuevo.", "ana@otra.com.ar", "Hola", "<a2@x>"), "ana@otra.com.ar")
        until(lambda: len([row for row in lite_room.rows() if row.state != State.RECEIVED]) == 3, servers)
        (check,), (refusal,) = servers.wait_for(CARLA, 1), servers.wait_for("ana@otra.com.ar", 1)
    states = sorted(row.state for row in lite_room.rows())
    assert states == [State.QUARANTINED, State.REFUSED, State.REFUSED] and lite_room.tickets() == []
    for raw in (check, refusal):
        assert as_read(raw)["Return-Path"] == "<>" and as_read(raw)["Auto-Submitted"] == "auto-replied"
    assert len(servers.inbox("ana@otra.com.ar")) == 1


def test_a_real_bounce_is_filed_and_the_address_is_dead(lite_room: MailRoom, servers: MailServer) -> None:
    def rename(session: Session) -> None:
        session.scalars(select(CustomerAddress).where(CustomerAddress.address == CARLA)).one().address = DEAD

    lite_room.change(rename)
    lite_room.take(letter(sender=DEAD))
    with running(with_mail(lite_room, servers)):
        until(lambda: lite_room.ticket().messages, servers)
    assert "volvió sin entregarse" in lite_room.ticket().messages[0].body
    with lite_room.read() as session:
        assert session.get(DeadAddress, DEAD) is not None
    assert len(lite_room.tickets()) == 1


def test_an_address_that_is_refused_while_sending_is_dead_too(lite_room: MailRoom, servers: MailServer) -> None:
    def rename(session: Session) -> None:
        session.scalars(
            select(CustomerAddress).where(CustomerAddress.address == CARLA)
        ).one().address = "nadie@panaderialola.com.ar"

    lite_room.change(rename)
    lite_room.take(letter(sender="nadie@panaderialola.com.ar"))
    with running(with_mail(lite_room, servers)):
        until(lambda: [row for row in lite_room.sent() if row.state == outbox.DEAD], servers)
    with lite_room.read() as session:
        assert session.get(DeadAddress, NOBODY) is not None


def mailbox(room: MailRoom, servers: MailServer) -> Mailbox:
    return Mailbox(Account.parse(servers.imap_url()), room.engine, room.settings.mail_raw_folder, lambda: None)


def fetched(room: MailRoom, servers: MailServer) -> int:
    own = mailbox(room, servers)
    with own.account.connect() as box:
        return own.fetch(box)


def test_a_backlog_is_taken_whole_and_a_second_look_takes_nothing(lite_room: MailRoom, servers: MailServer) -> None:
    servers.append(SOPORTE, [letter(message_id=f"<{number}@x>") for number in range(40)])
    assert fetched(lite_room, servers) == 40
    assert fetched(lite_room, servers) == 0
    servers.append(SOPORTE, [letter(message_id="<nuevo@x>"), letter(message_id="<3@x>")])
    assert fetched(lite_room, servers) == 1
    assert len(lite_room.rows()) == 41


def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning_and_nothing_is_doubled(
    lite_room: MailRoom, servers: MailServer
) -> None:
    servers.append(SOPORTE, [letter(message_id="<1@x>"), letter(message_id="<2@x>")])
    fetched(lite_room, servers)

    def other_validity(session: Session) -> None:
        cursor = session.scalars(select(MailCursor)).one()
        cursor.uid_validity, cursor.last_uid = cursor.uid_validity + 1, 10_000

    lite_room.change(other_validity)
    servers.append(SOPORTE, [letter(message_id="<3@x>")])
    assert fetched(lite_room, servers) == 1 and len(lite_room.rows()) == 3


def test_one_mail_in_two_mailboxes_is_one(lite_room: MailRoom, servers: MailServer) -> None:
    for address in (SOPORTE, "soporte@segunda.test"):
        servers.append(address, [letter()])
        own = Mailbox(Account.parse(servers.imap_url(address)), lite_room.engine, lite_room.settings.mail_raw_folder, lambda: None)
        with own.account.connect() as box:
            own.fetch(box)
    assert len(lite_room.rows()) == 1


def test_a_mail_that_cannot_be_read_is_filed_as_failed_and_never_tried_again(lite_room: MailRoom, servers: MailServer) -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(1000))
    servers.append(SOPORTE, [b"From: carla@panaderialola.com.ar\r\nMessage-ID: <hondo@x>\r\n" + deep, letter()])
    with running(with_mail(lite_room, servers)):
        until(lambda: [row.filed for row in lite_room.rows()] == [True, True], servers)
    assert {row.message_id: row.state for row in lite_room.rows()} == {
        "<hondo@x>": State.FAILED,
        "<uno@panaderialola.com.ar>": State.PROCESSED,
    }
    with servers.open(SOPORTE, "INBOX.Failed") as box:
        assert len(box.uids()) == 1


def test_news_come_at_once_where_the_server_offers_idle(lite_room: MailRoom, servers: MailServer) -> None:
    with running(with_mail(lite_room, servers)):
        until(lambda: cursors(lite_room), servers)
        time.sleep(1.5)  # it waits now
        servers.send(unstamped(), CARLA)
        # Far below the pause of a mailbox without IDLE.
        until(lambda: lite_room.tickets(), servers)
    assert len(lite_room.tickets()) == 1


def cursors(room: MailRoom) -> list[MailCursor]:
    """Of mailboxes; the reception has a row of its own there."""
    with room.read() as session:
        return list(session.scalars(select(MailCursor).where(MailCursor.mailbox != watch.RECEPTION)))


def test_a_server_that_is_away_is_noted_and_the_mail_taken_when_it_is_back(lite_room: MailRoom, servers: MailServer) -> None:
    gate = Gate(servers.imap_port)
    url = servers.imap_url().replace(f":{servers.imap_port}/", f":{gate.port}/")
    with running(replace(with_mail(lite_room, servers), imap_urls=(url,))):
        until(lambda: [cursor for cursor in cursors(lite_room) if cursor.last_error], servers)
        servers.append(SOPORTE, [letter()])
        gate.open()
        until(lambda: lite_room.tickets(), servers)
        (cursor,) = cursors(lite_room)
        assert cursor.last_error is None and "una clave" not in cursor.mailbox
    gate.close()


class Gate:
    """A port on which nobody answers until it is opened; then what comes goes to another port."""

    def __init__(self, target: int) -> None:
        self.port, self._target = free_port(), target
        self._server: object = None

    def open(self) -> None:
        loop = asyncio.new_event_loop()

        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(_pump(reader, onward_writer), _pump(onward_reader, writer))

        async def serve() -> None:
            await asyncio.start_server(pass_on, "127.0.0.1", self.port)

        loop.run_until_complete(serve())
        self._server = loop
        threading.Thread(target=loop.run_forever, daemon=True).start()

    def close(self) -> None:
        self._server.call_soon_threadsafe(self._server.stop)  # type: ignore[attr-defined]


async def _pump(reader, writer) -> None:  # type: ignore[no-untyped-def]
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


@pytest.mark.parametrize("scheme", ["lmtp", "smtp"])
def test_our_own_server_can_hand_mail_over_directly(lite_room: MailRoom, scheme: str) -> None:
    port = free_port()
    settings = replace(lite_room.settings, mail_listen=f"{scheme}://127.0.0.1:{port}")
    stop = threading.Event()
    thread = threading.Thread(target=reception.run, args=(settings, stop))
    thread.start()
    try:
        deadline = time.monotonic() + 20
        client = None
        while client is None:
            assert time.monotonic() < deadline
            try:
                client = (smtplib.LMTP if scheme == "lmtp" else smtplib.SMTP)("127.0.0.1", port)
            except OSError:
                time.sleep(0.1)
        with client:
            client.sendmail(CARLA, ["soporte+x@csiserver.com"], letter())
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail(CARLA, ["otra@csiserver.com"], letter())
        (row,) = lite_room.rows()
        deadline = time.monotonic() + 20
        while not lite_room.tickets():
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        stop.set()
        thread.join(20)
    assert row.mailbox == "mail-listen"


def test_a_dropped_file_is_taken_in_a_trial(lite_room: MailRoom, tmp_path: Path) -> None:
    drop = tmp_path / "mail-in"
    drop.mkdir()
    seen = f"Authentication-Results: {AUTHSERV_ID}; dmarc=pass header.from=panaderialola.com.ar"
    (drop / "hola.eml").write_bytes(letter(top=seen))
    stop = threading.Event()
    thread = threading.Thread(target=reception.run, args=(replace(lite_room.settings, mail_in_folder=str(drop)), stop))
    thread.start()
    deadline = time.monotonic() + 20
    while not lite_room.tickets() and time.monotonic() < deadline:
        time.sleep(0.1)
    stop.set()
    thread.join(20)
    assert len(lite_room.tickets()) == 1 and [file.name for file in (drop / "taken").iterdir()] == ["hola.eml"]


def test_the_password_of_a_mailbox_does_not_travel_in_the_clear() -> None:
    for wrong in ("imap://a:b@mail.test/INBOX", "http://a:b@mail.test", "imaps://mail.test"):
        with pytest.raises(ValueError, match="IMAP_URL"):
            Account.parse(wrong)
    assert Account.parse("imaps://soporte%40csiserver.com:p%20w@mail.test").name == "soporte@csiserver.com@mail.test/INBOX"


def test_how_old_the_last_fetch_is_can_be_asked(lite_room: MailRoom, servers: MailServer) -> None:
    fetched(lite_room, servers)
    with lite_room.read() as session:
        (age,) = watch.ages(session, Sources((watch.name_of(servers.imap_url()),)), datetime.now(UTC)).values()
    assert 0 <= age.total_seconds() < 60


def test_two_houses_that_write_to_each_other_between_real_servers_fall_silent(
    tmp_path: Path, lite_room: MailRoom, servers: MailServer
) -> None:
    other = "soporte@segunda.test"
    folder = tmp_path / "segunda"
    folder.mkdir()
    with databases.fresh(folder, None, migrate) as url:
        second = opened(url, folder)
        for room, stranger in ((lite_room, other), (second, SOPORTE)):
            room.change(lambda session, address=stranger: register(session, address))
        here = with_mail(lite_room, servers)
        there = replace(with_mail(second, servers), mail_from=f"Mesa <{other}>", imap_urls=(servers.imap_url(other),))
        with running(here), running(there):
            servers.send(unstamped("Hola.", other, "Una sola vez", "<una@segunda.test>"), other)
            until(lambda: [row for row in second.rows() if row.state != State.RECEIVED], servers)
            time.sleep(1.5)  # as long as an answer would take, and its answer
        assert [len(lite_room.rows()), len(second.rows())] == [1, 1]
        assert (second.rows()[0].state, second.sent()) == (State.IGNORED, [])
        second.engine.dispose()


def register(session: Session, address: str) -> None:
    carla = session.scalars(select(Customer).where(Customer.name == "Carla Medina")).one()
    session.add(CustomerAddress(customer_id=carla.id, address=address))


def test_kill_9_in_the_middle_loses_and_doubles_nothing(servers: MailServer) -> None:
    result = kill.run(2, servers, random.Random(7))  # noqa: S311
    assert (result.kills, result.lost, result.doubled) == (2, [], [])


def test_news_that_arrive_together_with_the_answer_to_idle_are_heard(lite_room: MailRoom) -> None:
    """The announcement stands in the same packet as "+ idling", and nothing follows."""
    server = Announcing()
    own = Mailbox(
        Account.parse(f"imap://a:b@127.0.0.1:{server.port}/INBOX"), lite_room.engine, lite_room.settings.mail_raw_folder, int
    )
    stop = threading.Event()
    thread = threading.Thread(target=own.run, args=(stop,), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while server.searches < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    server.close()
    assert server.searches >= 2


def test_a_server_that_does_not_offer_idle_is_asked_again_and_again(lite_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "POLL_SECONDS", 0.05)
    server = Announcing(idle=False)
    url = f"imap://a:b@127.0.0.1:{server.port}/INBOX"
    own = Mailbox(Account.parse(url), lite_room.engine, lite_room.settings.mail_raw_folder, int)
    stop = threading.Event()
    thread = threading.Thread(target=own.run, args=(stop,), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while server.searches < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    server.close()
    assert server.searches >= 4 and b"IDLE" not in server.commands


class Announcing:
    """As much of an IMAP server as is needed for one IDLE; Dovecot does this by chance only. Without ``idle``: a very old one."""

    def __init__(self, idle: bool = True) -> None:
        self.port, self.searches = free_port(), 0
        self.capabilities, self.commands = b"IMAP4REV1 IDLE" if idle else b"IMAP4REV1", set[bytes]()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        peer, _ = self._listener.accept()
        lines = peer.makefile("rb")
        peer.sendall(b"* OK ready\r\n")
        idle = b""
        for line in lines:
            tag, _, command = line.strip().partition(b" ")
            word = command.split(b" ")[0].upper()
            self.commands.add(word)
            if tag == b"DONE":
                peer.sendall(idle + b" OK done\r\n")
                continue
            if word == b"CAPABILITY":
                peer.sendall(b"* CAPABILITY " + self.capabilities + b"\r\n")
            elif word == b"SELECT":
                peer.sendall(b"* 0 EXISTS\r\n")
            elif word == b"STATUS":
                peer.sendall(b"* STATUS INBOX (UIDVALIDITY 1 UIDNEXT 1)\r\n")
            elif word == b"UID":
                self.searches += 1
                peer.sendall(b"* SEARCH\r\n")
            elif word == b"IDLE":
                idle = tag
                peer.sendall(b"+ idling\r\n* 1 EXISTS\r\n")
                continue
            peer.sendall(tag + b" OK done\r\n")
