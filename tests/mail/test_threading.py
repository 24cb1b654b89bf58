"""How a mail program sorts our mails: by Dovecot's own THREAD (RFC 5256) over what a customer's mailbox holds."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import notices
from escalation.mail.rendering import write
from escalation.models import Ticket
from tests.mail.conftest import CARLA, LONG_AGO, MailRoom, letter
from tests.mail.servers import MailServer


def threads(servers: MailServer) -> list[list[str]]:
    """The subjects of each thread in Carla's mailbox, by both of Dovecot's algorithms, which must agree."""
    found = []
    with servers.open(CARLA) as box:
        subjects = {message.uid: message.subject for message in box.fetch(mark_seen=False)}
        for algorithm in ("REFERENCES", "REFS"):
            status, lines = box.client.uid("THREAD", algorithm, "UTF-8", "ALL")
            assert status == "OK"
            found.append(sorted([subjects[uid] for uid in re.findall(r"\d+", thread)] for thread in _roots(lines[0].decode())))
    assert found[0] == found[1]
    return found[0]


def _roots(line: str) -> list[str]:
    roots, depth, start = [], 0, 0
    for place, letter_ in enumerate(line):
        if letter_ == "(":
            start = place if depth == 0 else start
            depth += 1
        elif letter_ == ")":
            depth -= 1
            if depth == 0:
                roots.append(line[start : place + 1])
    return roots


def news(room: MailRoom, key: str, template: str, **values: object) -> EmailMessage:
    """A mail about his ticket as it leaves."""

    def work(session: Session) -> None:
        ticket = session.scalars(select(Ticket)).first()
        number = ticket.number
        notices.to_customer(
            session, ticket, key, write(template, number=number, name="Carla", link="https://x.test", **values), LONG_AGO
        )

    room.change(work)
    return message_from_bytes(room.as_mail(room.sent(key)[0]), policy=policy.default)  # type: ignore[return-value]


def keep(servers: MailServer, *mails: bytes | EmailMessage) -> None:
    servers.append(CARLA, [mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP) for mail in mails])


def test_all_of_a_ticket_is_one_thread_under_the_customers_own_mail(lite_room: MailRoom, servers: MailServer) -> None:
    first = letter("No puedo enviar.", subject="No puedo enviar mails")
    lite_room.take(first)
    keep(servers, first, lite_room.as_mail(lite_room.sent("ticket-")[0]))
    answer = news(lite_room, "message-1", "staff_answered", status="En curso", message="Pruebe.", promised="", rating_link="")
    reply = letter(
        "Sigue igual.",
        subject=f"Re: {answer['Subject']}",
        message_id="<dos@panaderialola.com.ar>",
        In_Reply_To=answer["Message-ID"],
        References=f"{' '.join(answer['References'].split())} {answer['Message-ID']}",
    )
    lite_room.take(reply)
    late = news(lite_room, "event-1", "promise_renewed", before="hoy", after="mañana")
    solved = news(lite_room, "event-2", "status_changed", status="Resuelto", solved=True, rating_link="")
    keep(servers, answer, reply, late, solved)
    assert late["In-Reply-To"] == "<dos@panaderialola.com.ar>"
    (one,) = threads(servers)
    assert len(one) == 6 and one[0] == "No puedo enviar mails"


def test_a_ticket_from_the_chat_is_one_thread_too_and_another_ticket_another(lite_room: MailRoom, servers: MailServer) -> None:
    lite_room.take(letter("No puedo enviar."), letter("La factura.", subject="La factura", message_id="<f@x>"))
    confirmations = [lite_room.as_mail(row) for row in lite_room.sent("ticket-") if row.recipient == CARLA]
    # As if they had come by the chat: no mail of his stands above them.
    keep(servers, *(re.sub(rb"In-Reply-To: \S+\r\n", b"", raw) for raw in confirmations))
    keep(servers, news(lite_room, "event-1", "status_changed", status="Resuelto", solved=True, rating_link=""))
    assert sorted(len(thread) for thread in threads(servers)) == [1, 2]
