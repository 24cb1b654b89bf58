"""``python -m tests.mail.kill --rounds 50``: kill -9 while mail is fetched and while it is sent; nothing is lost, nothing doubled.

Reception and worker run as processes of their own between real servers. In turns one of them is killed at a moment that chance
chooses; what it held is given back at once, as its lease would later. At the end each mail is one ticket with its file, and
each customer has his confirmation, more than once only under one and the same Message-ID.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from escalation.chat_models import Attachment
from escalation.cli import SCRIPTS
from escalation.mail_models import InboundMail
from escalation.models import Customer, CustomerAddress, OutboxRow, Ticket
from tests.mail.conftest import LONG_AGO, SENDER, hashed
from tests.mail.corpus.case import PNG, file, part, parts
from tests.mail.servers import AUTHSERV, PEOPLE, MailServer, server
from tools.stack import ROOT
from wire.database import for_reading, new_engine
from wire.migrations import upgrade

MAILS_A_ROUND = 4
# Without any progress.
END_SECONDS = 60
PROGRAMS = {"fetching": "escalation.mail.reception", "sending": "escalation.worker"}
# Real processes, forked from one that has imported all and done nothing: a hundred starts would be spent on importing.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([*PROGRAMS.values(), __name__ if __name__ != "__main__" else "tests.mail.kill"])
SOPORTE, BASE = PEOPLE[0], "carla@panaderialola.com.ar"


@dataclass
class Result:
    """What a run ended with; ``again``: confirmations that came a second time, under their own Message-ID."""

    kills: int = 0
    mails: int = 0
    again: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


class House:
    """One database, its two processes, and customers who are all the same person behind different addresses."""

    def __init__(self, folder: Path, servers: MailServer) -> None:
        self.folder, self.servers = folder, servers
        self.url = f"sqlite:///{folder}/kill.db"
        upgrade(self.url, SCRIPTS)
        self.engine: Engine = new_engine(self.url)
        # Whoever watches must not take the only write lock from those who work.
        self.watching = for_reading(self.engine)
        self.written: list[str] = []

    def write(self, count: int) -> None:
        """So many new customers each have a mail in our mailbox."""
        mails = []
        for _ in range(count):
            address = BASE.replace("@", f"+{len(self.written)}@")
            self.written.append(address)
            with Session(self.engine) as session, session.begin():
                person = Customer(name=address, password_hash=hashed(), created_at=LONG_AGO)
                person.addresses.append(CustomerAddress(address=address))
                session.add(person)
            mails.append(_mail(address))
        self.servers.append(SOPORTE, mails)

    @contextmanager
    def process(self, module: str) -> Iterator[None]:
        """The program with its settings; killed, whatever happens."""
        environment = {
            "DATABASE_URL": self.url,
            "SESSION_SECRET": "session",
            "SERVICE_TOKEN": "service",
            "CONVERSATION_SECRET": "conversation",
            "MESA_INSTANCE": str(self.folder),
            "MAIL_FROM": SENDER,
            "SMTP_URL": self.servers.smtp_url,
            "IMAP_URL": self.servers.imap_url(),
            "MAIL_AUTHSERV_ID": AUTHSERV,
            "FRONT_URL": "http://127.0.0.1:1",
            "MAIL_IN_FOLDER": "",
        }
        started = PROCESSES.Process(target=_main, args=(module, environment, str(self.folder / f"{module}.log")), daemon=True)
        started.start()
        try:
            yield
        finally:
            started.kill()
            started.join(20)

    def progress(self) -> int:
        """Rises with every step of the work."""
        with self.watching.connect() as connection:
            counts = (
                "SELECT count(*) FROM inbound_mails",
                "SELECT coalesce(sum(attempts), 0) FROM inbound_mails",
                "SELECT count(*) FROM inbound_mails WHERE state <> 'received'",
                "SELECT coalesce(sum(attempts), 0) FROM outbox",
                "SELECT count(*) FROM outbox WHERE state = 'sent'",
            )
            return sum(connection.scalar(text(statement)) or 0 for statement in counts)

    def steps_left(self, module: str) -> int:
        """By how much :meth:`progress` can rise in one run of the program."""
        if module == PROGRAMS["fetching"]:
            return 3 * MAILS_A_ROUND
        with self.watching.connect() as connection:
            return 2 * (connection.scalar(text("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')")) or 0)

    def give_back(self) -> None:
        """What a dead process held is due now, as after its lease; a try that was cut short does not count as a fault."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE inbound_mails SET due_at = received_at, attempts = 0 WHERE state = 'received'"))
            connection.execute(text("UPDATE outbox SET due_at = created_at WHERE state IN ('pending', 'sending')"))

    def done(self) -> bool:
        """Whether everything was taken and sent."""
        with Session(self.watching) as session:
            taken = session.scalar(select(func.count()).where(InboundMail.state == "processed"))
            waiting = session.scalar(select(func.count()).where(OutboxRow.state.in_(("pending", "sending"))))
        return taken == len(self.written) and waiting == 0


def _main(module: str, environment: dict[str, str], log: str) -> None:
    """In the new process: what ``python -m`` would do."""
    os.environ.update(environment)
    os.chdir(ROOT)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(target, descriptor)
    importlib.import_module(module).main()


def run(rounds: int, servers: MailServer, dice: random.Random) -> Result:
    """So many kills, then the end of all work, then the count."""
    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), servers)
        for number in range(rounds):
            house.write(MAILS_A_ROUND)
            _kill_one(house, PROGRAMS["fetching" if number % 2 == 0 else "sending"], dice)
            result.kills += 1
        _finish(house)
        _count(house, result)
        house.engine.dispose()
    return result


def _kill_one(house: House, module: str, dice: random.Random) -> None:
    # In the middle of what there is to do: a program that has done it all would only be waited for.
    before, steps = house.progress(), dice.randrange(1, max(2, house.steps_left(module)))
    ends = time.monotonic() + 20
    with house.process(module):
        while house.progress() < before + steps and time.monotonic() < ends:
            time.sleep(0.01)
        time.sleep(dice.random() * 0.05)
    house.give_back()


def _finish(house: House) -> None:
    with house.process(PROGRAMS["fetching"]), house.process(PROGRAMS["sending"]):
        ends, last = time.monotonic() + END_SECONDS, house.progress()
        while not house.done() and time.monotonic() < ends:
            time.sleep(0.2)
            if (now := house.progress()) > last:
                # A busy machine is slow and not stuck.
                ends, last = time.monotonic() + END_SECONDS, now


def _count(house: House, result: Result) -> None:
    result.mails = len(house.written)
    with Session(house.engine) as session:
        for address in house.written:
            tickets = session.scalars(select(Ticket).join(Customer).where(Customer.name == address)).all()
            files = session.scalar(select(func.count()).where(Attachment.ticket_id.in_([ticket.id for ticket in tickets])))
            if not tickets or files == 0:
                result.lost.append(f"{address}: {len(tickets)} tickets, {files} files")
            elif len(tickets) > 1 or files != 1:
                result.doubled.append(f"{address}: {len(tickets)} tickets, {files} files")
    confirmations: dict[str, list[str]] = defaultdict(list)
    for raw in house.servers.wait_for(BASE, len(house.written)):
        message = message_from_bytes(raw, policy=policy.default)
        confirmations[message["To"].addresses[0].addr_spec].append(str(message["Message-ID"]))
    for address in house.written:
        ids = confirmations[address]
        if not ids:
            result.lost.append(f"{address}: no confirmation")
        if len(set(ids)) > 1:
            result.doubled.append(f"{address}: {ids}")
        result.again += len(ids) - 1 if ids else 0


def _mail(address: str) -> bytes:
    number = address.partition("+")[2].partition("@")[0]
    head = (
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=panaderialola.com.ar\r\nFrom: {address}\r\nTo: {SOPORTE}\r\n"
        f"Subject: Consulta {number}\r\nDate: Mon, 30 Nov 2026 10:00:00 -0300\r\nMessage-ID: <{number}@kill.test>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n"
    )
    picture = PNG + number.encode()
    return head.encode() + parts(part(f"Consulta {number}.", "text/plain"), file("pantalla.png", picture, "image/png"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20261130)
    given = parser.parse_args()
    with server() as servers:
        result = run(given.rounds, servers, random.Random(given.seed))  # noqa: S311
    told = f"{len(result.lost)} lost, {len(result.doubled)} doubled, {result.again} repeated under the same Message-ID"
    print(f"{result.kills} kills, {result.mails} mails, {told}")
    print("\n".join([*result.lost, *result.doubled]))
    return int(bool(result.lost or result.doubled))


if __name__ == "__main__":
    sys.exit(main())
