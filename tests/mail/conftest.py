"""A mail room on a migrated database: mails go in as bytes, what they lead to is read from the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation.mail import intake
from escalation.mail.intake import Origin
from escalation.mail.message import Letterhead, build
from escalation.mail.processing import Room, process_next
from escalation.mail.understanding import Understanding
from escalation.mail_models import InboundMail
from escalation.models import Customer, CustomerAddress, OutboxRow, Role, Staff, Ticket
from escalation.passwords import hash_password
from escalation.settings import Settings
from tests import databases
from tests.escalation.conftest import migrate
from tests.mail import servers as servers_of_ours
from wire.database import new_engine

AUTHSERV = "mx.csiserver.test"
SENDER = "CSIserver Soporte <soporte@csiserver.com>"
CARLA, BRUNO, AGENT = "carla@panaderialola.com.ar", "bruno@estudioruiz.com", "agustin@csiserver.com"
PASSWORD = "una clave larga"
# Long ago: whatever happens in a test is later.
LONG_AGO = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)


@lru_cache
def hashed() -> str:
    """Once for all tests: a password's hash is made to be slow."""
    return hash_password(PASSWORD)


def settings_for(url: str, folder: Path) -> Settings:
    return Settings(
        database_url=url,
        session_secret="session",
        service_token="service",
        conversation_secret="conversation",
        public_url="http://desk.test",
        widget_origins=(),
        mail_from=SENDER,
        smtp_url="",
        mail_folder=folder / "mail",
        files_folder=folder / "files",
        mail_raw_folder=folder / "mail-raw",
        mail_authserv_id=AUTHSERV,
        front_url="http://127.0.0.1:1",
        front_public_url="http://front.test",
    )


def proven(address: str) -> str:
    """What our own server writes on top of a mail whose sender it could prove."""
    return f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={address.rpartition('@')[2]}"


def letter(
    body: str = "Hola, no puedo enviar mails.",
    sender: str = CARLA,
    subject: str = "No puedo enviar",
    message_id: str = "<uno@panaderialola.com.ar>",
    top: str | None = None,
    **headers: str,
) -> bytes:
    """A plain mail; ``top``: what stands above all (our server's verdict unless told otherwise), ``headers`` with _ for -."""
    lines = [
        proven(sender) if top is None else top,
        f"From: Carla Medina <{sender}>",
        "To: soporte@csiserver.com",
        f"Subject: {subject}",
        "Date: Mon, 30 Nov 2026 10:00:00 -0300",
        f"Message-ID: {message_id}" if message_id else "",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        "MIME-Version: 1.0",
        *(() if "Content_Type" in headers else ("Content-Type: text/plain; charset=utf-8",)),
        "Content-Transfer-Encoding: 8bit",
    ]
    return "\r\n".join(line for line in lines if line).encode() + b"\r\n\r\n" + body.replace("\n", "\r\n").encode()


@dataclass
class MailRoom:
    """Mails in, rows out."""

    engine: Engine
    room: Room
    settings: Settings

    def take(self, *mails: bytes, mailbox: str = "test") -> InboundMail:
        """Deliver and process them; the row of the last."""
        for raw in mails:
            intake.receive(self.engine, self.settings.mail_raw_folder, raw, Origin(mailbox), datetime.now(UTC))
        while process_next(self.room):
            pass
        return self.rows()[-1]

    def rows(self) -> list[InboundMail]:
        with self.read() as session:
            return list(session.scalars(select(InboundMail).order_by(InboundMail.received_at, InboundMail.id)))

    def tickets(self) -> list[Ticket]:
        with self.read() as session:
            found = list(session.scalars(select(Ticket).order_by(Ticket.id)))
            for ticket in found:
                _ = ticket.messages, ticket.events, ticket.attachments, ticket.customer.addresses
            return found

    def ticket(self) -> Ticket:
        (found,) = self.tickets()
        return found

    def sent(self, prefix: str = "") -> list[OutboxRow]:
        with self.read() as session:
            return [row for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id)) if row.key.startswith(prefix)]

    def to(self, address: str) -> list[OutboxRow]:
        return [row for row in self.sent() if row.recipient == address]

    def as_mail(self, row: OutboxRow) -> bytes:
        """As it leaves the house."""
        return build(row, Letterhead(SENDER, self.room.house.marks)).as_bytes()

    def read(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    def change(self, work: Callable[[Session], None]) -> None:
        with Session(self.engine) as session, session.begin():
            work(session)

    def understanding(self, found: Understanding | None) -> None:
        self.room = replace(self.room, understand=lambda _: found)


@pytest.fixture
def database_url(server_url: str | None, tmp_path: Path) -> Iterator[str]:
    with databases.fresh(tmp_path, server_url, migrate) as url:
        yield url


@pytest.fixture
def lite_url(tmp_path: Path) -> Iterator[str]:
    with databases.fresh(tmp_path, None, migrate) as url:
        yield url


def opened(url: str, folder: Path) -> MailRoom:
    settings = settings_for(url, folder)
    engine = new_engine(url)
    with Session(engine) as session, session.begin():
        for address, name in ((CARLA, "Carla Medina"), (BRUNO, "Bruno Ruiz")):
            person = Customer(name=name, password_hash=hashed(), created_at=LONG_AGO)
            person.addresses.append(CustomerAddress(address=address))
            session.add(person)
        session.add(Staff(email=AGENT, name="Agustín Pereyra", role=Role.AGENT, password_hash=hashed()))
    return MailRoom(engine, replace(Room.of(settings, engine), understand=lambda _: None, dns=lambda *_, **__: None), settings)


@pytest.fixture
def mail_room(database_url: str, tmp_path: Path) -> Iterator[MailRoom]:
    """On SQLite and on PostgreSQL."""
    made = opened(database_url, tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def lite_room(lite_url: str, tmp_path: Path) -> Iterator[MailRoom]:
    """On SQLite alone, for what has nothing to do with the database."""
    made = opened(lite_url, tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session")
def post() -> Iterator[servers_of_ours.MailServer]:
    """Postfix and Dovecot, once for each process that runs tests."""
    with servers_of_ours.server() as made:
        yield made


@pytest.fixture
def servers(post: servers_of_ours.MailServer) -> servers_of_ours.MailServer:
    """The same, with empty mailboxes."""
    post.empty()
    return post


def customer(session: Session, name: str) -> Customer:
    return session.scalars(select(Customer).where(Customer.name == name)).one()
