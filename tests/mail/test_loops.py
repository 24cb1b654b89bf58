"""Machines that write to each other stop: by what the headers say, and where somebody strips those, by count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from escalation import outbox
from escalation.mail import caps
from escalation.mail.deciding import House
from escalation.mail.marks import Marks
from escalation.mail.message import Letterhead, build
from escalation.models import Customer, CustomerAddress, OutboxRow
from tests import databases
from tests.escalation.conftest import migrate
from tests.mail.conftest import CARLA, LONG_AGO, MailRoom, hashed, letter, opened, proven

ROUNDS_MAX = 60
HERE, THERE = "soporte@csiserver.com", "soporte@segunda.test"
Gateway = Callable[[bytes], bytes]


@dataclass
class Instance:
    """One house, with the other's support address among its customers: the worst that can happen."""

    room: MailRoom
    own: str

    def leaving(self, to: str) -> list[bytes]:
        """Its mails to the other house, which count as sent from now on."""
        with Session(self.room.engine) as session, session.begin():
            rows = [row for row in session.query(OutboxRow).order_by(OutboxRow.id) if row.state == outbox.PENDING]
            for row in rows:
                row.state = outbox.SENT
            head = Letterhead(f"Mesa <{self.own}>", self.room.room.house.marks)
            return [build(row, head).as_bytes() for row in rows if row.recipient == to]


def instance(folder: Path, url: str, own: str, other: str, secret: str) -> Instance:
    room = opened(url, folder)
    house = House(Marks(secret), frozenset({own}))
    room.room = replace(room.room, house=house)

    def register(session: Session) -> None:
        person = Customer(name="La otra mesa", password_hash=hashed(), created_at=LONG_AGO)
        person.addresses.append(CustomerAddress(address=other))
        session.add(person)

    room.change(register)
    return Instance(room, own)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Instance, Instance]]:
    folders = tmp_path / "here", tmp_path / "there"
    for folder in folders:
        folder.mkdir()
    with databases.fresh(folders[0], None, migrate) as one, databases.fresh(folders[1], None, migrate) as other:
        made = instance(folders[0], one, HERE, THERE, "uno"), instance(folders[1], other, THERE, HERE, "dos")
        yield made
        for item in made:
            item.room.engine.dispose()


def ping_pong(here: Instance, there: Instance, gateway: Gateway) -> tuple[int, int]:
    """Somebody writes once in the name of the other house; then mails go to and fro until none is left. How many each wrote."""
    here.room.take(letter("Hola.", THERE, "Una sola vez", "<una@segunda.test>"))
    counts = [0, 0]
    for _ in range(ROUNDS_MAX):
        to_there, to_here = here.leaving(THERE), there.leaving(HERE)
        if not to_there and not to_here:
            return counts[0], counts[1]
        counts[0] += len(to_there)
        counts[1] += len(to_here)
        for raw in to_there:
            there.room.take(stamped(gateway(raw), HERE))
        for raw in to_here:
            here.room.take(stamped(gateway(raw), THERE))
    raise AssertionError(f"they still write to each other after {ROUNDS_MAX} rounds: {counts}")


def stamped(raw: bytes, sender: str) -> bytes:
    return proven(sender).encode() + b"\r\n" + raw


def without(*names: str) -> Gateway:
    """A gateway that takes headers off, folded lines too."""

    def strip(raw: bytes) -> bytes:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.replace(b"\r\n ", b" ").split(b"\r\n")
        kept = [line for line in lines if line.partition(b":")[0].decode().lower() not in names]
        return b"\r\n".join(kept) + b"\r\n\r\n" + body

    return strip


MACHINE = ("auto-submitted", "x-auto-response-suppress", "return-path", "list-unsubscribe")
THREAD = ("in-reply-to", "references")


def test_two_houses_stop_after_one_mail_each_at_most(both: tuple[Instance, Instance]) -> None:
    assert ping_pong(*both, gateway=lambda raw: raw) == (1, 0)


def test_two_houses_stop_where_a_gateway_hides_that_they_are_machines(both: tuple[Instance, Instance]) -> None:
    assert ping_pong(*both, gateway=without(*MACHINE)) == (1, 1)


def test_two_houses_stop_by_count_where_a_gateway_hides_everything(both: tuple[Instance, Instance]) -> None:
    strip = without(*MACHINE, *THREAD)

    def everything(raw: bytes) -> bytes:
        return strip(raw).replace(b"[ref:", b"[no:").replace(b"MDA-", b"XXX-")

    one, other = ping_pong(*both, gateway=everything)
    most = caps.CONFIRMATIONS[0][1]
    assert 1 < one <= most and other <= most


def test_an_auto_responder_that_says_nothing_of_itself_gets_two_confirmations(lite_room: MailRoom) -> None:
    lite_room.take(letter("No puedo enviar.", subject="No puedo enviar"))
    answered = 0
    for number in range(ROUNDS_MAX):
        waiting = [row for row in lite_room.to(CARLA) if row.state == outbox.PENDING]
        if not waiting:
            break
        lite_room.change(lambda session: session.query(OutboxRow).update({OutboxRow.state: outbox.SENT}))
        answered += len(waiting)
        lite_room.take(letter("Gracias por su mensaje, le responderemos.", subject="Gracias", message_id=f"<auto-{number}@x>"))
    assert answered == 1 + caps.SAME_SUBJECT[0][1]


def test_an_auto_responder_that_quotes_us_gets_one(lite_room: MailRoom) -> None:
    lite_room.take(letter("No puedo enviar."))
    confirmation = lite_room.as_mail(lite_room.to(CARLA)[0]).decode()
    message_id = next(line for line in confirmation.split("\r\n") if line.startswith("Message-ID: "))[12:]
    for number in range(5):
        lite_room.take(letter("Recibido.", subject="Recibido", message_id=f"<auto-{number}@x>", In_Reply_To=message_id))
    assert len(lite_room.to(CARLA)) == 1 and len(lite_room.tickets()) == 1


def test_our_refusal_is_not_refused_in_turn(both: tuple[Instance, Instance]) -> None:
    here, there = both
    for house, other in ((here, THERE), (there, HERE)):
        house.room.change(lambda session, other=other: session.query(CustomerAddress).filter_by(address=other).delete())
    assert ping_pong(here, there, gateway=without("auto-submitted", "x-auto-response-suppress")) == (1, 0)
