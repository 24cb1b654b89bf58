"""A customer of his own for each dialogue, and the steps that a dialogue is made of."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import incidents
from escalation.audit import Actor
from escalation.business_hours import BusinessHours
from escalation.incidents import Declared, Desk
from escalation.models import Staff, Ticket
from tests.customer import Customer
from tools.stack import ROOT, Stack
from wire.database import new_engine

PASSWORD = "Una.clave.de.prueba.17"
NAME = "Marta Ríos"
MAIL_SECONDS = 20
OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis"
M4A = b"\x00\x00\x00\x20ftypM4A " + bytes(24)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


CONTENTS = {"ogg": OGG, "m4a": M4A}


class System(Protocol):
    """What a play needs of the running system."""

    @property
    def stack(self) -> Stack: ...

    def customer(self) -> Customer: ...

    def mails(self) -> list[Path]: ...


def people(prefix: str, count: int) -> list[dict[str, str]]:
    """``count`` customers: none sees the tickets and drafts of another."""
    domains = [f"{prefix}{number}.com.ar" for number in range(1, count + 1)]
    return [
        {
            "email": f"marta@{domain}",
            "name": NAME,
            "password": PASSWORD,
            "domains": domain,
            "mailboxes": f"info@{domain} ventas@{domain}",
        }
        for domain in domains
    ]


def register(stack: Stack, rows: list[dict[str, str]]) -> None:
    """As the company registers its customers."""
    file = stack.instance / "dialogue-customers.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    command = [sys.executable, "-m", "flask", "--app", "escalation", "customers", "import", str(file)]
    environment = {**stack.environment(), "MESA_INSTANCE": str(stack.instance)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


class Play:
    """One dialogue. ``$email`` and ``$domain`` in its texts are those of its own customer."""

    def __init__(self, system: System, person: dict[str, str]) -> None:
        self.system = system
        self.person = person
        self.customer = system.customer()
        self.remembered: dict[str, str] = {}

    def step(self, step: dict[str, Any]) -> None:
        """Do it and listen."""
        done = [getattr(self, f"_{name}")(value) for name, value in step.items() if hasattr(self, f"_{name}")]
        assert len(done) == 1, f"one thing at a time: {step}"
        if done[0] is None:
            return
        said = str(done[0])
        assert said.strip(), f"no answer to {step}"
        for expected in step.get("hears", []):
            assert self._own(expected) in said, f"{step}: the bot said:\n{said}"
        for unwanted in step.get("not", []):
            assert self._own(unwanted) not in said, f"{step}: the bot said:\n{said}"
        for title in step.get("buttons", []):
            assert self._own(title) in self.customer.titles(), f"{step}: the buttons are {self.customer.titles()}"

    def _own(self, text: str) -> str:
        return text.replace("$email", self.person["email"]).replace("$domain", self.person["domains"])

    def _open(self, area: str) -> str:
        """As far as the first question about the problem, by the short way."""
        self.customer.write("quiero abrir un ticket")
        self._log_in(True)
        self.customer.press("Ya ingresé")
        return self.customer.press(area)

    def _say(self, text: str) -> str:
        return self.customer.write(self._own(text))

    def _say_often(self, text: str) -> str:
        """As long a message as is allowed."""
        return self.customer.write((text * 5000)[:5000])

    def _press(self, title: str) -> str:
        return self.customer.press(self._own(title))

    def _remember(self, title: str) -> None:
        """A button that he will press when it is too late."""
        self.remembered = next(button for button in self.customer.buttons() if button["title"] == title)

    def _press_remembered(self, _: bool) -> str:
        return self.customer.press_this(self.remembered)

    def _log_in(self, how: bool | str) -> None:
        password = "otra" if how == "wrong" else self.person["password"]
        status = self.customer.log_in(self.person["email"], password)
        assert status == (401 if how == "wrong" else 204)

    def _new_conversation(self, _: bool) -> None:
        """The same customer on another day: another conversation, not logged in."""
        self.customer = self.system.customer()

    def _attach(self, name: str) -> str:
        url = f"{self.system.stack.front_url}/widget/attachments"
        answer = requests.post(url, files={"file": (name, CONTENTS.get(name[-3:], PNG))}, headers=self.customer.headers, timeout=30)
        assert answer.status_code == 201, answer.text
        self.customer.replies = answer.json()["replies"]
        return "\n".join(reply["text"] for reply in self.customer.replies)

    def _code(self, number: int) -> str:
        """Type the code of the customer's first, second … mail."""
        return self.customer.write(self._mailed(number))

    def _ticket_has(self, text: str) -> None:
        """A field of the ticket that this conversation opened, as escalation tells staff."""
        with closing(sqlite3.connect(f"file:{self.system.stack.instance / 'escalation.db'}?mode=ro", uri=True)) as database:
            query = "SELECT fields FROM tickets WHERE conversation_id = ?"
            ((fields,),) = database.execute(query, (self.customer.conversation_id,)).fetchall()
        assert text in json.loads(fields).values()

    def _declare(self, text: str) -> None:
        """Soporte declares an incident that touches this customer's domain and nobody else's."""
        with self._desk() as session:
            member = session.scalars(select(Staff).limit(1)).one()
            what = Declared("Problema en un servidor", text, domains=(self.person["domains"],))
            incidents.declare(session, what, member, Actor(member), datetime.now(UTC))

    def _end_incident(self, text: str) -> None:
        """Soporte says that it is over."""
        with self._desk() as session:
            member = session.scalars(select(Staff).limit(1)).one()
            (incident,) = [each for each in incidents.current(session) if each.domains == [self.person["domains"]]]
            desk = Desk(f"{self.system.stack.escalation_url}/area-clientes/", BusinessHours())
            incidents.close(session, incident, text, member, Actor(member), desk, datetime.now(UTC))

    def _has_tickets(self, count: int) -> None:
        with self._desk() as session:
            his = Ticket.conversation_id == self.customer.conversation_id
            assert len(session.scalars(select(Ticket).where(his)).all()) == count

    def _is_told(self, text: str) -> None:
        """In the chat, without having said anything."""
        deadline = time.monotonic() + MAIL_SECONDS
        while text not in str(self.customer.history()):
            assert time.monotonic() < deadline, f"{text!r} was not told in {self.customer.history()}"
            time.sleep(0.3)

    @contextmanager
    def _desk(self) -> Iterator[Session]:
        engine = new_engine(f"sqlite:///{self.system.stack.instance / 'escalation.db'}")
        with Session(engine) as session, session.begin():
            yield session
        engine.dispose()

    def _history_lacks(self, text: str) -> None:
        assert text not in str(self.customer.history())

    def _mailed(self, number: int) -> str:
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            codes = []
            for file in sorted(self.system.mails(), key=lambda mail: mail.stat().st_mtime_ns):
                mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                found = re.search(r"\b\d{6}\b", mail.get_body(("plain",)).get_content())
                if mail["To"] == self.person["email"] and found and file.name.startswith("code-"):
                    codes.append(found.group())
            if len(codes) >= number:
                return codes[number - 1]
            time.sleep(0.3)
        raise AssertionError(f"no mail with a code number {number} for {self.person['email']}")
