"""What becomes of a mail: ticket, reply, refusal, quarantine, note, nothing; by whom it is and how that is proven."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import outbox, tickets
from escalation.desk import merging
from escalation.desk.life import Act
from escalation.mail.intake import State
from escalation.mail.understanding import Understanding
from escalation.models import Staff, Status, Ticket
from tests.mail.conftest import AGENT, AUTHSERV, BRUNO, CARLA, MailRoom, customer, letter, proven


def test_a_registered_customers_mail_is_a_ticket_a_confirmation_and_a_notice_to_staff(mail_room: MailRoom) -> None:
    row = mail_room.take(letter("Hola, no puedo enviar mails desde ayer.\n\nSaludos, Carla"))
    ticket = mail_room.ticket()
    assert (row.state, row.reason, row.verdict, row.ticket_id) == (State.PROCESSED, "new_ticket", "dmarc", ticket.id)
    assert ticket.customer.name == "Carla Medina" and "no puedo enviar mails desde ayer" in ticket.fields["description"]
    (confirmation,) = mail_room.to(CARLA)
    assert ticket.number in confirmation.content["subject"] and "Le responderemos" in confirmation.content["body"]
    assert confirmation.content["headers"]["in_reply_to"] == "<uno@panaderialola.com.ar>"
    assert confirmation.content["headers"]["auto_submitted"] == "auto-replied"
    assert len(mail_room.to(AGENT)) == 1
    assert ("mail", "dmarc: dmarc=pass panaderialola.com.ar") in [(event.kind, event.new) for event in ticket.events]


def test_the_same_mail_twice_by_two_mailboxes_is_one_ticket(mail_room: MailRoom) -> None:
    mail_room.take(letter(), mailbox="soporte")
    mail_room.take(b"Delivered-To: ventas@csiserver.com\r\n" + letter(), mailbox="ventas")
    assert len(mail_room.rows()) == len(mail_room.tickets()) == 1


def test_another_mail_under_the_same_message_id_is_not_lost(mail_room: MailRoom) -> None:
    mail_room.take(letter(), letter("Otro tema.", sender=BRUNO, subject="Otro"))
    assert len(mail_room.tickets()) == 2


def test_a_mail_without_message_id_is_taken_once(mail_room: MailRoom) -> None:
    mail_room.take(letter(message_id=""), letter(message_id=""), letter("Otra cosa.", message_id=""))
    assert len(mail_room.tickets()) == 2


def answer(room: MailRoom, body: str = "Sigue igual.", sender: str = CARLA, **more: str) -> bytes:
    """Carla's answer to our confirmation, as her program writes it."""
    confirmation = room.as_mail(room.sent("ticket-")[0])
    message_id = next(line for line in confirmation.decode().split("\r\n") if line.startswith("Message-ID"))[12:]
    given = {"message_id": "<dos@panaderialola.com.ar>", "subject": "Re: Recibimos su ticket", "In_Reply_To": message_id, **more}
    return letter(body, sender, **given)


def test_an_answer_lands_in_its_ticket_and_opens_it_again(mail_room: MailRoom) -> None:
    mail_room.take(letter())

    def solve(session: Session) -> None:
        session.get_one(Ticket, mail_room.ticket().id).status = Status.SOLVED

    mail_room.change(solve)
    row = mail_room.take(answer(mail_room, "Sigue igual.\n\nEl 30/11/2026 a las 10:05, CSIserver Soporte escribió:\n> Recibimos"))
    ticket = mail_room.ticket()
    assert (row.state, row.reason, ticket.status) == (State.PROCESSED, "reply", Status.OPEN)
    assert [message.body for message in ticket.messages if not message.internal] == ["Sigue igual."]
    assert "> Recibimos" in row.full_text
    assert len(mail_room.to(CARLA)) == 1


def test_each_way_to_the_ticket_is_enough_alone(mail_room: MailRoom) -> None:
    mail_room.take(letter())
    number, marks = mail_room.ticket().number, mail_room.room.house.marks
    ways = {
        "address": {"Delivered_To": marks.reply_address(number, "a <soporte@csiserver.com>").upper()},
        "message_id": {"References": f"<x@y> {marks.message_id('thread', number, 'csiserver.com')} <z@y>"},
        "quoted": {"body": f"Sigue.\n\n> Hola\n> {marks.quoted(number)}"},
        "subject": {"subject": f"Re: Recibimos su ticket {number.lower()}"},
        "references": {"In_Reply_To": "<uno@panaderialola.com.ar>", "subject": "RE: No puedo enviar"},
    }
    for place, (way, given) in enumerate(ways.items(), start=1):
        row = mail_room.take(letter(**{"message_id": f"<{way}@x>", "subject": "Otro", "body": f"Por {way}", **given}))
        assert (row.reason, len(mail_room.tickets())) == ("reply", 1), way
        assert len([message for message in mail_room.ticket().messages if not message.internal]) == place


def test_who_takes_no_part_does_not_get_into_a_ticket_with_its_mark(mail_room: MailRoom) -> None:
    mail_room.take(letter())
    row = mail_room.take(answer(mail_room, "Soy otro.", BRUNO))
    first, second = mail_room.tickets()
    assert row.reason == "new_ticket" and second.customer.name == "Bruno Ruiz"
    assert [message.body for message in first.messages] == []
    assert first.number in second.messages[0].body and second.messages[0].internal


def test_a_merged_ticket_passes_its_mail_on(lite_room: MailRoom) -> None:
    lite_room.take(letter(), letter("Lo mismo.", subject="Lo mismo", message_id="<otro@x>"))
    first, second = lite_room.tickets()

    def merge(session: Session) -> None:
        source, target = session.get_one(Ticket, first.id), session.get_one(Ticket, second.id)
        agent = session.scalars(select(Staff)).first()
        act = Act(agent, source.version, datetime.now(UTC))
        merging.merge(session, source, target, act, "http://desk.test/area-clientes/", tickets.USUAL_HOURS)

    lite_room.change(merge)
    lite_room.take(letter("Sigue.", subject=f"Re: {first.number}", message_id="<tres@x>"))
    first, second = lite_room.tickets()
    assert [len(first.messages), second.messages[-1].body] == [0, "Sigue."]


@pytest.mark.parametrize(
    "top",
    [
        "X-Nothing: 1",
        "Authentication-Results: mx.evil.test; dmarc=pass header.from=panaderialola.com.ar",
        f"Authentication-Results: {AUTHSERV}; dmarc=fail header.from=panaderialola.com.ar",
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=evil.test",
        f"Authentication-Results: {AUTHSERV}; spf=pass smtp.mailfrom=evil.test; dkim=pass header.d=evil.test",
        "Authentication-Results: mail-in.invalid; dmarc=pass header.from=panaderialola.com.ar",
        f"Authentication-Results: {AUTHSERV}; dmarc=none (dmarc=pass; header.from=panaderialola.com.ar)",
        f"Authentication-Results: {AUTHSERV}; dmarc=fail header.from=panaderialola.com.ar\r\n{proven(CARLA)}",
        f"Authentication-Results: mx.evil.test; none\r\n{proven(CARLA)}",
        f"{proven(CARLA)}\r\nFrom: otro@evil.test",
    ],
)
def test_an_unproven_sender_waits_in_quarantine_and_its_owner_is_asked_once(lite_room: MailRoom, top: str) -> None:
    row = lite_room.take(letter(top=top))
    assert (row.state, lite_room.tickets()) == (State.QUARANTINED, [])
    lite_room.take(letter(top=top, message_id="<dos@x>"))
    asked = lite_room.to(CARLA)
    assert len(asked) == (0 if "From: otro" in top else 1)
    for mail in asked:
        assert mail.content["headers"]["null_sender"] == "1" and "/correo/confirmar/" in mail.content["body"]


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=panaderialola.com.ar",
        "DKIM=PASS header.d=panaderialola.com.ar; spf=fail smtp.mailfrom=x@y.test",
        "spf=pass (ip ok; really) smtp.mailfrom=carla@panaderialola.com.ar",
        "dkim=pass header.i=@panaderialola.com.ar header.s=s1",
        "dkim=fail header.d=y.test; dkim=pass header.d=panaderialola.com.ar",
    ],
)
def test_every_aligned_proof_of_our_own_server_counts(lite_room: MailRoom, results: str) -> None:
    assert lite_room.take(letter(top=f"Authentication-Results: {AUTHSERV} 1; {results}")).state == State.PROCESSED


def test_reply_to_and_sender_count_for_nothing(lite_room: MailRoom) -> None:
    row = lite_room.take(letter(sender="ladron@evil.test", Reply_To=CARLA, Sender=CARLA))
    assert (row.state, row.reason, row.sender) == (State.REFUSED, "unknown_address", "ladron@evil.test")


def test_an_unknown_address_is_refused_politely_once_a_day_and_always_in_the_same_words(mail_room: MailRoom) -> None:
    secret = "palabra-que-nadie-debe-repetir"
    for number in range(3):
        row = mail_room.take(letter(secret, "ana@otra.com.ar", secret, f"<{number}@x>"))
        assert (row.state, row.reason) == (State.REFUSED, "unknown_address")
    (notice,) = mail_room.to("ana@otra.com.ar")
    headers = notice.content["headers"]
    assert (headers["auto_submitted"], headers["null_sender"]) == ("auto-replied", "1")
    assert secret not in str(notice.content) and "http://desk.test/area-clientes/" in notice.content["body"]

    def block(session: Session) -> None:
        customer(session, "Carla Medina").blocked = True

    mail_room.change(block)
    assert mail_room.take(letter(message_id="<b@x>")).reason == "blocked"
    (blocked,) = mail_room.to(CARLA)
    assert notice.content["body"] == blocked.content["body"] and notice.content["subject"] == blocked.content["subject"]
    assert mail_room.tickets() == []


def test_refusals_together_have_a_cap_too(lite_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalation.mail.caps.REFUSALS_TOGETHER", ((timedelta(hours=1), 3),))
    for number in range(5):
        assert lite_room.take(letter("x", f"a{number}@otra.com.ar", "x", f"<{number}@x>")).state == State.REFUSED
    assert len(lite_room.sent("refusal-")) == 3


def test_a_mail_of_soporte_itself_is_shown_and_no_ticket(lite_room: MailRoom) -> None:
    assert lite_room.take(letter(sender=AGENT)).reason == "staff"
    assert lite_room.sent() == []


def test_our_own_mail_that_comes_back_is_dropped(lite_room: MailRoom) -> None:
    lite_room.take(letter())
    returned = lite_room.as_mail(lite_room.to(CARLA)[0])
    assert lite_room.take(returned).reason == "own"
    assert lite_room.take(letter(sender="soporte@csiserver.com", message_id="<x@x>")).reason == "own"
    assert len(lite_room.tickets()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto-Submitted", "Auto-Replied"),
        ("Auto-Submitted", "auto-generated; owner-email=x"),
        ("Precedence", "BULK"),
        ("X-Precedence", "auto_reply"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Autoreply", "yes"),
        ("X-Autorespond", "1"),
        ("X-AutoReply-From", "carla@panaderialola.com.ar"),
        ("X-Mail-Autoreply", "1"),
        ("X-Loop", "x"),
        ("X-Autogenerated", "Reply"),
        ("Return-Path", "<>"),
        ("Delivered-To", "Autoresponder"),
    ],
)
def test_an_automatic_answer_to_a_ticket_is_a_note_and_alerts_nobody(lite_room: MailRoom, name: str, value: str) -> None:
    lite_room.take(letter())
    before = len(lite_room.sent())
    row = lite_room.take(answer(lite_room, "Estoy de vacaciones.", **{name.replace("-", "_"): value}))
    ticket = lite_room.ticket()
    assert (row.state, row.reason, ticket.status) == (State.PROCESSED, "auto_reply", Status.NEW)
    assert ticket.messages[0].internal and "Estoy de vacaciones." in ticket.messages[0].body
    assert len(lite_room.sent()) == before
    assert lite_room.take(letter(message_id="<nuevo@x>", subject="Nuevo", **{name.replace("-", "_"): value})).state == State.IGNORED


def test_a_mailing_list_is_never_answered(lite_room: MailRoom) -> None:
    assert lite_room.take(letter(List_Unsubscribe="<https://x.test>")).reason == "list"
    assert lite_room.sent() == []


def test_a_program_that_says_no_is_a_person(lite_room: MailRoom) -> None:
    assert lite_room.take(letter(Auto_Submitted="no", Precedence="normal")).state == State.PROCESSED


def test_what_the_bot_understood_fills_the_report_and_its_answer_comes_with_the_confirmation(lite_room: MailRoom) -> None:
    url = "http://front.test/ayuda/correo-535"
    lite_room.understanding(
        Understanding("mail", {"mail_program": "Outlook", "error_message": "535"}, "correo-535", "Outlook pide la clave", url)
    )
    lite_room.take(letter("En Outlook me da error 535."))
    ticket = lite_room.ticket()
    assert (ticket.area, ticket.fields["mail_program"], ticket.fields["error_message"]) == ("mail", "Outlook", "535")
    assert ticket.shown_entries == ["correo-535"]
    body = lite_room.to(CARLA)[0].content["body"]
    assert "Outlook pide la clave" in body and url in body
    assert "cuál es el sitio o la cuenta" in body and "en qué situaciones" in body and "desde qué programa" not in body


def test_a_secret_in_a_mail_is_hidden_in_the_ticket(lite_room: MailRoom) -> None:
    row = lite_room.take(letter("Mi contraseña es Peperino77! y no entro."))
    assert "Peperino77" not in str(lite_room.ticket().fields) + str([mail.content for mail in lite_room.sent()])
    assert "Peperino77" not in (row.full_text or "")


def test_one_address_cannot_open_tickets_without_end(lite_room: MailRoom) -> None:
    for number in range(12):
        row = lite_room.take(letter("Otra vez.", subject=f"Tema {number}", message_id=f"<{number}@x>"))
    assert (row.state, row.reason, len(lite_room.tickets())) == (State.QUARANTINED, "pace", 10)


def test_confirmations_stop_before_the_tickets_do(lite_room: MailRoom) -> None:
    for number in range(4):
        lite_room.take(letter("Estoy de vacaciones.", subject="No estoy", message_id=f"<{number}@x>"))
    assert [row.state for row in lite_room.sent("ticket-") if row.recipient == CARLA] == [
        outbox.PENDING,
        outbox.PENDING,
        outbox.HELD,
        outbox.HELD,
    ]


def test_a_ticket_is_reopened_by_mail_five_times_a_day(lite_room: MailRoom) -> None:
    lite_room.take(letter())
    states = []
    for number in range(7):
        lite_room.change(lambda session: setattr(session.get_one(Ticket, 1), "status", Status.SOLVED))
        states.append(lite_room.take(answer(lite_room, message_id=f"<r{number}@x>")).state)
    assert states == [State.PROCESSED] * 5 + [State.QUARANTINED] * 2


def test_a_changed_subject_is_pointed_out_to_staff(lite_room: MailRoom) -> None:
    lite_room.take(letter())
    lite_room.take(answer(lite_room, "Y además la factura.", subject="Factura de octubre"))
    notes = [message.body for message in lite_room.ticket().messages if message.internal]
    assert len(notes) == 1 and "«Factura de octubre»" in notes[0]
    subject = f"RE: Recibimos su ticket {lite_room.ticket().number}"
    lite_room.take(answer(lite_room, "Gracias.", subject=subject, message_id="<t@x>"))
    assert len([message for message in lite_room.ticket().messages if message.internal]) == 1


def test_a_dead_address_gets_no_notices_and_the_next_one_of_the_customer_does(lite_room: MailRoom) -> None:
    lite_room.take(letter())
    lite_room.take(bounce(lite_room, "5.1.1", "550 5.1.1 user unknown"))
    ticket = lite_room.ticket()
    assert "volvió sin entregarse" in ticket.messages[0].body and ticket.messages[0].internal and ticket.status == Status.NEW
    assert len([row for row in lite_room.to(AGENT) if "No llegan los correos" in row.content["subject"]]) == 1
    solve(lite_room)
    assert [row.state for row in lite_room.sent("event-") if row.recipient == CARLA] == [outbox.HELD]
    lite_room.take(answer(lite_room, "Ya anda mi casilla."))
    solve(lite_room)
    assert [row.state for row in lite_room.sent("event-") if row.recipient == CARLA] == [outbox.HELD, outbox.PENDING]


def solve(room: MailRoom) -> None:
    from escalation.models import Staff

    def work(session: Session) -> None:
        ticket, member = session.get_one(Ticket, 1), session.query(Staff).one()
        change = tickets.StaffUpdate("", Status.SOLVED, ticket.version)
        tickets.update_as_staff(session, ticket, member, change, "http://desk.test/area-clientes/", datetime.now(UTC))

    room.change(work)


def bounce(room: MailRoom, status: str, said: str, action: str = "failed", recipient: str = CARLA) -> bytes:
    """RFC 3464, as Postfix writes it."""
    original = room.as_mail(room.sent("ticket-")[0]).partition(b"\r\n\r\n")[0].decode().replace("\r", "")
    body = (
        "--b\nContent-Type: text/plain\n\nThis is the mail system.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{original}\n\nHola\n\n--b--\n"
    )
    kind = "multipart/report; report-type=delivery-status; boundary=b"
    return letter(body, "mailer-daemon@mx.test", "Undelivered Mail", f"<{status}@mx.test>", "Return-Path: <>", Content_Type=kind)


@pytest.mark.parametrize(
    ("status", "said", "action", "note", "dead"),
    [
        ("5.1.1", "550 5.1.1 user unknown", "failed", "volvió", True),
        ("5.0.0", "550 5.1.1 no such user", "failed", "volvió", True),
        ("5.2.2", "552 5.2.2 mailbox full", "failed", "volvió", False),
        ("5.7.1", "550 5.7.1 spam", "failed", "volvió", False),
        ("4.4.1", "connection timed out", "delayed", "demorado", False),
        ("4.4.1", "connection timed out", "failed", "demorado", False),
    ],
)
def test_a_returned_mail_is_filed_on_its_ticket(
    lite_room: MailRoom, status: str, said: str, action: str, note: str, dead: bool
) -> None:
    lite_room.take(letter())
    row = lite_room.take(bounce(lite_room, status, said, action))
    assert row.state == State.PROCESSED and note in lite_room.ticket().messages[0].body
    assert bool([mail for mail in lite_room.to(AGENT) if "No llegan" in mail.content["subject"]]) is dead
    assert len(lite_room.tickets()) == 1


def test_a_report_about_another_address_kills_none_of_ours(lite_room: MailRoom) -> None:
    lite_room.take(letter())
    lite_room.take(bounce(lite_room, "5.1.1", "550 5.1.1 unknown", recipient=BRUNO))
    assert not [mail for mail in lite_room.to(AGENT) if "No llegan" in mail.content["subject"]]


def test_a_bounce_of_nothing_that_we_sent_is_kept_and_opens_no_ticket(lite_room: MailRoom) -> None:
    lite_room.take(letter())
    forged = bounce(lite_room, "5.1.1", "550 5.1.1 unknown").replace(b".MDA-", b".MDA-2")
    row = lite_room.take(forged)
    assert (row.state, row.reason) == (State.IGNORED, "bounce") and len(lite_room.tickets()) == 1


def test_letters_that_a_database_does_not_take_stop_no_mail(mail_room: MailRoom) -> None:
    top = f"{proven(CARLA)} (x\x00) reason=\x00"
    row = mail_room.take(letter("Ho\x00la.", subject="As\x00unto", top=top, message_id="<nu\x00lo@x>"))
    assert row.state == State.PROCESSED
    row = mail_room.take(bounce(mail_room, "5.1.1", "550 5.1.1 no\x00body"))
    assert row.state == State.PROCESSED and "nobody" in mail_room.ticket().messages[-1].body


def test_automatic_answers_to_one_ticket_stop_being_filed(lite_room: MailRoom) -> None:
    lite_room.take(letter())
    for number in range(25):
        row = lite_room.take(answer(lite_room, "Ausente.", Auto_Submitted="auto-replied", message_id=f"<{number}@x>"))
    assert (row.state, row.reason) == (State.IGNORED, "pace")
    assert len(lite_room.ticket().messages) == 19
